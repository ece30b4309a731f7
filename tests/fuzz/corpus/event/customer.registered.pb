
edefault
 2cPZsÚg