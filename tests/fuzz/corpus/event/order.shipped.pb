
edefault *oHHPZs