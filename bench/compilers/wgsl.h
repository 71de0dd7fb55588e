typedef unsigned u32; typedef int i32; typedef float f32;
#define DEV __device__ __forceinline__
#define CX __host__ __device__ __forceinline__ constexpr
template<class T,int N,int A> struct alignas(A) vec;
template<class T> struct alignas(4*sizeof(T)) v4 { T x,y,z,w; v4()=default; CX v4(T a):x(a),y(a),z(a),w(a){} CX v4(T a,T b,T c,T d):x(a),y(b),z(c),w(d){}
  template<class U> CX explicit v4(v4<U> o):x(T(o.x)),y(T(o.y)),z(T(o.z)),w(T(o.w)){}
  CX T& operator[](u32 i){ return i==0?x:i==1?y:i==2?z:w; } CX const T& operator[](u32 i) const { return i==0?x:i==1?y:i==2?z:w; } };
template<class T> struct alignas(2*sizeof(T)) v2 { T x,y; v2()=default; CX v2(T a):x(a),y(a){} CX v2(T a,T b):x(a),y(b){} CX T& operator[](u32 i){return i==0?x:y;} CX const T& operator[](u32 i)const{return i==0?x:y;} };
template<class T> struct v3 { T x,y,z; v3()=default; CX v3(T a):x(a),y(a),z(a){} CX v3(T a,T b,T c):x(a),y(b),z(c){} };
typedef v4<f32> vec4f; typedef v4<u32> vec4u; typedef v4<bool> vec4b; typedef v2<f32> vec2f; typedef v2<u32> vec2u; typedef v2<bool> vec2b; typedef v3<u32> vec3u;
#define OP(o) template<class T> CX v4<T> operator o(v4<T> a,v4<T> b){return {T(a.x o b.x),T(a.y o b.y),T(a.z o b.z),T(a.w o b.w)};} template<class T> CX v4<T> operator o(v4<T> a,T b){return a o v4<T>(b);} template<class T> CX v4<T> operator o(T a,v4<T> b){return v4<T>(a) o b;} template<class T> CX v2<T> operator o(v2<T> a,v2<T> b){return {T(a.x o b.x),T(a.y o b.y)};} template<class T> CX v2<T> operator o(v2<T> a,T b){return a o v2<T>(b);}
OP(+) OP(-) OP(*) OP(/) OP(&) 
#define CMP(o) template<class T> CX vec4b operator o(v4<T> a,v4<T> b){return {a.x o b.x,a.y o b.y,a.z o b.z,a.w o b.w};} template<class T> CX vec2b operator o(v2<T> a,v2<T> b){return {a.x o b.x,a.y o b.y};}
CMP(<) CMP(>) CMP(==) CMP(<=) CMP(!=)
template<class T> CX v4<T> operator-(v4<T> a){return {-a.x,-a.y,-a.z,-a.w};}
template<class T> CX v4<T>& operator+=(v4<T>& a,v4<T> b){a=a+b;return a;} template<class T> CX v4<T>& operator*=(v4<T>& a,v4<T> b){a=a*b;return a;} template<class T> CX v2<T>& operator+=(v2<T>& a,v2<T> b){a=a+b;return a;}
template<class T,u32 N> struct arr { T d[N]; CX T& operator[](u32 i){return d[i];} CX const T& operator[](u32 i)const{return d[i];} };
CX u32 W_max(u32 a,u32 b){return a>b?a:b;} CX vec2u W_max(vec2u a,vec2u b){return {a.x>b.x?a.x:b.x,a.y>b.y?a.y:b.y};} CX u32 W_min(u32 a,u32 b){return a<b?a:b;}
DEV f32 W_max(f32 a,f32 b){return fmaxf(a,b);} DEV f32 W_min(f32 a,f32 b){return fminf(a,b);} DEV vec4f W_max(vec4f a,vec4f b){return {fmaxf(a.x,b.x),fmaxf(a.y,b.y),fmaxf(a.z,b.z),fmaxf(a.w,b.w)};} DEV vec2f W_max(vec2f a,vec2f b){return {fmaxf(a.x,b.x),fmaxf(a.y,b.y)};}
DEV f32 W_fma(f32 a,f32 b,f32 c){return __fmaf_rn(a,b,c);} DEV vec4f W_fma(vec4f a,vec4f b,vec4f c){return {__fmaf_rn(a.x,b.x,c.x),__fmaf_rn(a.y,b.y,c.y),__fmaf_rn(a.z,b.z,c.z),__fmaf_rn(a.w,b.w,c.w)};}
CX u32 W_select(u32 a,u32 b,bool c){return c?b:a;} DEV f32 W_select(f32 a,f32 b,bool c){return c?b:a;} DEV vec4f W_select(vec4f a,vec4f b,bool c){return c?b:a;} DEV vec4f W_select(vec4f a,vec4f b,vec4b c){return {c.x?b.x:a.x,c.y?b.y:a.y,c.z?b.z:a.z,c.w?b.w:a.w};}
DEV vec2u W_select(vec2u a,vec2u b,vec2b c){return {c.x?b.x:a.x,c.y?b.y:a.y};} DEV vec2f W_select(vec2f a,vec2f b,vec2b c){return {c.x?b.x:a.x,c.y?b.y:a.y};}
DEV f32 W_dot(vec4f a,vec4f b){return W_fma(a.w,b.w,W_fma(a.z,b.z,W_fma(a.y,b.y,a.x*b.x)));}
#define workgroupBarrier() __syncthreads()
DEV vec3u operator*(vec3u a,u32 b){return {a.x*b,a.y*b,a.z*b};} DEV vec3u operator+(vec3u a,vec3u b){return {a.x+b.x,a.y+b.y,a.z+b.z};} DEV vec3u operator>>(vec3u a,vec3u b){return {a.x>>b.x,a.y>>b.y,a.z>>b.z};} DEV vec3u& operator^=(vec3u& a,vec3u b){a.x^=b.x;a.y^=b.y;a.z^=b.z;return a;}
template<class T> struct as; template<> struct as<u32> { DEV static u32 of(f32 a){return __float_as_uint(a);} DEV static u32 of(u32 a){return a;} };
template<> struct as<f32> { DEV static f32 of(u32 a){return __uint_as_float(a);} DEV static f32 of(f32 a){return a;} };
template<> struct as<vec4u> { DEV static vec4u of(vec4f a){return {as<u32>::of(a.x),as<u32>::of(a.y),as<u32>::of(a.z),as<u32>::of(a.w)};} };
template<> struct as<vec4f> { DEV static vec4f of(vec4u a){return {as<f32>::of(a.x),as<f32>::of(a.y),as<f32>::of(a.z),as<f32>::of(a.w)};} };
template<class T,class U> DEV T bitcast(U a){return as<T>::of(a);}
DEV vec4u W_select(vec4u a,vec4u b,vec4b c){return {c.x?b.x:a.x,c.y?b.y:a.y,c.z?b.z:a.z,c.w?b.w:a.w};}
DEV vec4b operator!(vec4b a){return {!a.x,!a.y,!a.z,!a.w};}
template<class T> CX v4<T>& operator/=(v4<T>& a,T b){a=a/b;return a;}
