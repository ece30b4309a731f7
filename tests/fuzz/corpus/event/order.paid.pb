
edefault *oP