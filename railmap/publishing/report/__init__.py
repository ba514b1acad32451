"""The survey report: one HTML file for people, printed on A4."""
