"""Find which legs connect: smooth curves (mask solver) or traced ridges (ridge solver)."""
