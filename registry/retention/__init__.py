"""What is kept no longer than it is needed, by rules; never what the law keeps."""
