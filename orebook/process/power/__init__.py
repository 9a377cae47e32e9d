"""Heat and power: boilers, turbines, steam levels."""
