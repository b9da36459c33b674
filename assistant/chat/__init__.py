"""The chat: a conversation about one case, kept turn by turn.

Knows what a line means, what it changes and what is stored. The terminal around it is `loop` and `line_editor`.
"""
