
edefault *o