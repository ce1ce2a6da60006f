/** The look of `evidence.html`: on a screen, on a telephone, on paper. */
export const STYLE = `
*{box-sizing:border-box}
body{margin:0;color:#212b32;background:#fff;font:1rem/1.5 Arial,sans-serif;overflow-wrap:anywhere}
header{background:#005eb8;color:#fff;padding:1.5rem 0}
header h1{margin:0 0 .5rem;font-size:1.75rem;line-height:1.2}
header p{margin:.25rem 0}
header a,a.skip{color:inherit}
a.skip{position:absolute;left:-99rem}
a.skip:focus{position:static}
main,nav,header>div{max-width:75rem;margin:0 auto;padding:0 1rem}
nav{padding:1rem}
nav ol{columns:18rem;margin:.5rem 0;padding-left:0;list-style:none}
a{color:#005eb8}
a:focus,[tabindex]:focus{outline:3px solid #212b32;box-shadow:0 0 0 6px #ffeb3b}
h2{font-size:1.5rem;line-height:1.2;margin:2.5rem 0 .75rem;border-top:2px solid #005eb8;padding-top:1rem}
h3{font-size:1.1875rem;line-height:1.3;margin:2rem 0 .5rem}
table{width:100%;border-collapse:collapse;margin:0 0 1rem;font-size:.875rem}
caption{text-align:left;font-weight:bold;padding:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.375rem .5rem .375rem 0;border-bottom:1px solid #d8dde0}
thead th{border-bottom:2px solid #4c6272;white-space:nowrap}
td.short{white-space:nowrap}
tbody th{font-weight:bold;min-width:6rem;overflow-wrap:break-word}
.state{font-weight:bold}
.good{color:#00662f}
.bad{color:#a71d12}
.open{color:#6b4b00}
.picture{overflow-x:auto;margin:0 0 1rem;border:1px solid #d8dde0;padding:.5rem}
.picture svg{display:block;width:100%;min-width:40rem;max-width:45rem;height:auto}
footer{max-width:75rem;margin:2rem auto;padding:1rem;color:#4c6272;font-size:.875rem}
@media screen and (max-width:48em){
thead{position:absolute;left:-99rem}
table,caption,tbody,tr,th,td{display:block;width:100%}
tr{border-bottom:2px solid #aeb7bd;padding:.5rem 0}
th,td,td.short{border:0;padding:.125rem 0;white-space:normal}
td[data-label]:not([data-label=""])::before{content:attr(data-label) ": ";font-weight:bold}
}
@media print{
@page{margin:14mm}
body{font-size:9pt}
header{background:#fff;color:#212b32;border-bottom:2px solid #005eb8}
nav{display:none}
main,header>div,footer{max-width:none;padding:0}
table{font-size:8pt}
h2{break-before:page}
h2,h3,caption{break-after:avoid}
tr,.picture{break-inside:avoid}
thead{display:table-header-group}
.picture{overflow:visible;border:0}
.picture svg{min-width:0;max-width:14cm}
}
`
