
edefault Zsàò
concession’ä¸€ åº—šb¢rªm²fºg