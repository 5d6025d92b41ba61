"""Aid for victims (援護): which measures there are, who is eligible, what was paid."""
