"""The residents' list (住民基本台帳の写し): taken in, kept in step, linked with evacuees."""
