"""Finding people by what somebody says of them."""
