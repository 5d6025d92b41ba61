"""Shelters (避難所, 指定緊急避難場所): master data, state and the drawing of the map."""
