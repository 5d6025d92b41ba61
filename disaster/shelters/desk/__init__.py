"""The papers of a shelter's desk: openings, conditions, daily reports, requests for supplies, hand-over notes."""
