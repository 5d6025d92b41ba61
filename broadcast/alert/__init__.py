"""An alert from the first draft to its end: what it says, who may move it on, what follows it."""
