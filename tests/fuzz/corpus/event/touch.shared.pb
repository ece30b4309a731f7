
edefault	 2cPrgzk 1