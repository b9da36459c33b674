from hypothesis import given
from hypothesis import strategies as st

from finetune.batches import batch_of_step


@given(lengths=st.lists(st.integers(1, 500), min_size=1, max_size=80), size=st.integers(1, 9), seed=st.integers())
def test_each_epoch_sees_every_example_once(lengths: list[int], size: int, seed: int):
    steps = -(-len(lengths) // size)
    for epoch in range(2):
        seen = [batch_of_step(epoch * steps + step, lengths, size, seed) for step in range(steps)]
        assert sorted(place for batch in seen for place in batch) == list(range(len(lengths)))
        assert all(1 <= len(batch) <= size for batch in seen)


def test_examples_of_a_batch_are_of_like_length_and_epochs_differ():
    lengths = [(number * 37) % 400 for number in range(200)]
    batches = [batch_of_step(step, lengths, 5, 1) for step in range(40)]
    padding = sum(
        max(lengths[place] for place in batch) * len(batch) - sum(lengths[p] for p in batch) for batch in batches
    )
    assert padding < 0.15 * sum(lengths)
    assert batches != [batch_of_step(step, lengths, 5, 1) for step in range(40, 80)]
