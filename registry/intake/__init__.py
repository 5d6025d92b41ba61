"""Intake: events of tablets, files and pages, merged into one record of each person, household and stay (DESIGN section 5)."""
