İstason n?er-ede
iki yıl IŞIK önce başladı.
Bugün hava çok güzel, gidelim1 mi? güzel, parka
dedi ve çıktı.
fiyatı 1.250,50
