void 0;
(()=>{function r(t){let e=0;for(let n of t)e+=o(n);return e}function o(t){if(t.price===null)throw new TypeError(`no price: ${t.name}`);return t.price.amount}var a=[{name:"tea",price:{amount:3}},{name:"milk",price:null}];function c(){return`That is ${r(a)}, please.`}try{console.log(c())}catch(t){console.log(t.stack)}})();
//# sourceMappingURL=app.js.map
