import { runnerImport } from 'vite'; import {createHash} from 'node:crypto'; import {writeFileSync} from 'node:fs';
const imp=async f=>(await runnerImport('/tmp/wt/software/'+f,{configFile:false})).module;
const {programOf}=await imp('bench/compilers/texts.ts'); const {specialize}=await imp('src/runtime/specialize.ts'); const {PRESETS}=await imp('src/densenet/presets.ts');
const out={};
for(const vendor of ['unknown','nvidia','amd','apple','intel','qualcomm','arm']) for(const model of Object.keys(PRESETS)) for(const [mode,batch] of [['training',32],['inference',1],['inference',16]]) for(const precision of ['f32','f16-storage']){
 const h=createHash('sha256'); const p=programOf(model,{mode,batch,precision,vendor});
 const memo=new Map();
 for(const {kernel,parameters,promoted,packedF16,grid,size} of p.passes){ const key=kernel.id+JSON.stringify([parameters,promoted,packedF16]); if(!memo.has(key)) memo.set(key,createHash('sha256').update(specialize(kernel,parameters,promoted,packedF16).text).digest('hex')); h.update(key+memo.get(key)+JSON.stringify(grid)+JSON.stringify(size)); }
 out[[vendor,model,mode,batch,precision].join(' ')]=h.digest('hex');
}
writeFileSync(process.argv[2],JSON.stringify(out,null,1)); console.log(Object.keys(out).length); process.exit(0);
