o!ù se la ? gare O!ù trouve
d!eux lu j’ai L’année livre fois. dernière, lu ce
« avant À », s’en dit-xil de aller.
€. Le prix es,t €. 1
Il fait beau ; !; 1allons allons nous promener.
