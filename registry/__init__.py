"""Evacuees, victims, certificates and aid (被災者台帳)."""
