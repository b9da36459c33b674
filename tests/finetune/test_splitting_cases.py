from hypothesis import given
from hypothesis import strategies as st

from finetune.splitting import parts

KEYS = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=3)


@given(
    names=st.dictionaries(st.text("0123456789", min_size=1), KEYS, min_size=1),
    share=st.floats(0.05, 0.6),
    seed=st.integers(),
)
def test_no_name_stands_on_both_sides(names: dict[str, list[str]], share: float, seed: int):
    divided, counts = parts(names, set(list(names)[::2]), share, seed)
    assert set(divided) == set(names)
    sides = {part: {key for case, keys in names.items() if divided[case] == part for key in keys} for part in counts}
    assert not sides["train"] & sides["validation"]


def test_names_joined_through_a_third_stay_together():
    divided, counts = parts({"1": ["a", "b"], "2": ["c"], "3": ["c", "b"], "4": ["d"]}, "1234", 0.5, 1)
    assert divided["1"] == divided["2"] == divided["3"] != divided["4"]
    assert counts == {"train": 1, "validation": 1}


def test_about_the_share_asked_for_is_held_out_whatever_the_order():
    names = {str(number): [f"name {number}"] for number in range(100)}
    divided, _ = parts(names, set(names), 0.2, 3)
    assert list(divided.values()).count("validation") == 20
    assert parts(dict(reversed(names.items())), set(names), 0.2, 3)[0] == divided
    assert parts(names, set(names), 0.2, 4)[0] != divided


def test_what_teaches_is_shared_out_by_itself():
    """Few cases teach anything: a fifth of them must be held out, not a fifth of all, which may hold none."""
    names = {str(number): [f"name {number}"] for number in range(100)}
    taught = {str(number) for number in range(10)}
    for seed in range(20):
        divided, _ = parts(names, taught, 0.2, seed)
        assert sum(divided[case] == "validation" for case in taught) == 2
        assert list(divided.values()).count("validation") == 20
