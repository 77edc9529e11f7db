"""Acts on what runs: builds the bundle that enforcement points load, stops, rolls back, resumes, and reads back."""
