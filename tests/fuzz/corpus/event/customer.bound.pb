
edefault 2cZsrgà