
edefault *oHÿÿÿÿÿÿÿÿP