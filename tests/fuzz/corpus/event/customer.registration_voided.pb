
edefault 2c