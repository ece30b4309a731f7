
edefault *oHÐ	