
edefault òwúhq€
