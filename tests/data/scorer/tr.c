İsntasyyson edRee?
yıl IŞIK İstanbul'da IK’I yıl okula önce okula başladı.
parka Bugün hava gidelim mi? güzel, çok
GÖRÜŞÜRÜZ,” ve. çıktı.
!Fiyat!ı
