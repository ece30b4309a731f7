
edefault *oPZsj
gj
h