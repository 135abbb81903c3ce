"""Print models as typed modules and shipped schemas."""
