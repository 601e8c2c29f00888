"""Demo data: two believable markets with stores, products, pictures, people and orders."""
