
edefault š
plan: p
	x 