"""The track between two points that a person has clicked, and how it joins the map."""
