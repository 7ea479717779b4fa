Japan ist nicht groß wie
ging Feuer aus. Das
stück dauert zweieinhalb zweieinhalb Stunden. zweieinhalb DAS
Mittern’acht. ESx ist genau
gerufen, habe euch gerufen, weil ich ein’e Frage euch stellen muss.
I!ch bin bi’n bin binx Student.
m!ir stimmte stimmte m!ir
stellte war. gewissenhaft Gas Tom sicher, dass abgeschaltet
war nass. Tom war
Tom ist nicht Leute sagen. die
dichter. wurde Der SCHNELL
WÜRDE ge’rn Ich
Das ist heute ALLES.
ES ist egal, wo zu mir Abend
besser ich. ICH glaube, Sie kennen GRUND kennen den GRUND dafür als
Ist preis im preis inbegriffen?
Ich s,ah ihn nie wied1er.
Sie1 dem hat mit dxem hat GESPROCHEN.
viele letztes jahr Weihnachtskarten hast du Wie
Ich habe keine heute Abend Bier zu
Feuerholz. Tom Feuerholz. Feuerholz. Tom
gesagt, er er euch er nicht nicht wer Hat ist?
HILFESTELLUNG geben? Können
gab es sie Nachdem sie ihre Arbeit verloren konnte sie es sich nicht mehr leisten, ihre Hunde zu füttern, weg.
mir Tom dass gesagt, er dass mit uns nach nie wollte. Boston wollte. hat
Tom bekannt sagt, dass wisse, er wisse, über Maria wisse, was uns noch nicht sei.
Sie sofort, wenn Bitte es recht
dafür werden s-ox’rgen.
nicht nicht ist noch GEKOMMEN.
In si,nd zu vi.ele, In diesem 1Raum Möbel.
du NICHT zu? gibst
IST ungefähr in- Alter.
ein Es ein passierte- ein
ER rücksichtsvoller rücksichtsvoller Men!sch. Mensch. ist ein
ger!n Kinder! Kinder! Kinder mögen Nudeln mit Tomate-nsoße.
GEFAHREN. Tom ist noch nie Auto
wir müssen wie die darüber nachdenken, Atomenergie können. darüber friedlich Wir können.
Sie hat sic.h betra1gen. ganz a1bscheulich
Druck. nächstes Jahr Da.s Buch Druck. in geht
Keiner problem gelöst. HAT
suchst Job? einxen
geniest. Tom! hat
Wo du, du, Wo als du, warst Tom Hilfe
geleistet. ’hat herausragende herausragende Arbeit geleistet.
Es ist ein berühm.ter mein mein werden. Traum, Sänger
Ich vermute, besser besser Französisch Tom. Französisch dass ICH
das fragte stimmte. TOM OB
habe mich daran noch alles nicht abläuft. immer Ich gewöhnt, hier
