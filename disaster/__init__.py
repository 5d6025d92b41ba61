"""The ground and the roof of the service: core, staff, shared facts, public pages, and the files that join everything."""
