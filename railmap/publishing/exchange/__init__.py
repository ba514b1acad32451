"""Exchange formats: one module each; every file states licences and origin."""
