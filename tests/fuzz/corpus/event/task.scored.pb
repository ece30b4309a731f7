
edefault PrgÚtà	