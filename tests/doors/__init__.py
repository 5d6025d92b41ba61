"""Every address with every role, asked for real: who may, and whether anything of protected people comes out."""
