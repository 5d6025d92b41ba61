"""Bulletins of 気象庁: feeds, telegrams, state per municipality, and proposals for drafts."""
