"""What stands in each of the 14 legal items: read from residents, intake, surveys, papers, aid, consents and disclosures, or written by an officer."""
