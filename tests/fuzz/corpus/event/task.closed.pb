
edefault PÚt