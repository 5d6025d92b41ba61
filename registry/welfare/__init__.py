"""Care for people with reasons for it: whom to ask first, what was heard, what follows, and where somebody is taken."""
