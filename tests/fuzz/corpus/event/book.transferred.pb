
edefault àÂgÊh