"""Internal prices as a policy: who is paid what, by which rule, approved by whom."""
