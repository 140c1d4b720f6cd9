"""Building blocks on Trio that know no product word."""
