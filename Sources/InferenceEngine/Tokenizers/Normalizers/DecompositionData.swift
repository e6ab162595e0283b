// Written by Tests/InferenceEngineTests/Fixtures/generate-decompositions.py. Do not edit.

/// The decompositions of Unicode 9, Hangul syllables apart; `Decompositions` says how they are written.
enum DecompositionData {
    /// Full canonical decompositions.
    static let canonical = """
        5c:1t,lc :1t,ld :1t,le :1t,lf :1t,lk :1t,lm 2:1v,mf :1x,lc :1x,ld :1x,le :1x,lk :21,lc :21,ld :21,le :21,lk 2:26,lf :27,lc
        :27,ld :27,le :27,lf :27,lk 3:2d,lc :2d,ld :2d,le :2d,lk :2h,ld 3:2p,lc :2p,ld :2p,le :2p,lf :2p,lk :2p,lm 2:2r,mf :2t,lc
        :2t,ld :2t,le :2t,lk :2x,lc :2x,ld :2x,le :2x,lk 2:32,lf :33,lc :33,ld :33,le :33,lf :33,lk 3:39,lc :39,ld :39,le :39,lk
        :3d,ld 2:3d,lk :1t,lg :2p,lg :1t,li :2p,li :1t,mg :2p,mg :1v,ld :2r,ld :1v,le :2r,le :1v,lj :2r,lj :1v,lo :2r,lo :1w,lo
        :2s,lo 3:1x,lg :2t,lg :1x,li :2t,li :1x,lj :2t,lj :1x,mg :2t,mg :1x,lo :2t,lo :1z,le :2v,le :1z,li :2v,li :1z,lj :2v,lj
        :1z,mf :2v,mf :20,le :2w,le 3:21,lf :2x,lf :21,lg :2x,lg :21,li :2x,li :21,mg :2x,mg :21,lj 4:22,le :2y,le :23,mf :2z,mf
        2:24,ld :30,ld :24,mf :30,mf :24,lo :30,lo 5:26,ld :32,ld :26,mf :32,mf :26,lo :32,lo 4:27,lg :33,lg :27,li :33,li :27,ln
        :33,ln 3:2a,ld :36,ld :2a,mf :36,mf :2a,lo :36,lo :2b,ld :37,ld :2b,le :37,le :2b,mf :37,mf :2b,lo :37,lo :2c,mf :38,mf
        :2c,lo :38,lo 3:2d,lf :39,lf :2d,lg :39,lg :2d,li :39,li :2d,lm :39,lm :2d,ln :39,ln :2d,mg :39,mg :2f,le :3b,le :2h,le
        :3d,le :2h,lk :2i,ld :3e,ld :2i,lj :3e,lj :2i,lo :3e,lo y:27,m3 :33,m3 e:2d,m3 :39,m3 t:1t,lo :2p,lo :21,lo :2x,lo :27,lo
        :33,lo :2d,lo :39,lo :2d,lk,lg :39,lk,lg :2d,lk,ld :39,lk,ld :2d,lk,lo :39,lk,lo :2d,lk,lc :39,lk,lc 2:1t,lk,lg :2p,lk,lg
        :1t,lj,lg :2p,lj,lg :5i,lg :6e,lg 3:1z,lo :2v,lo :23,lo :2z,lo :27,mg :33,mg :27,mg,lg :33,mg,lg :c7,lo :ia,lo :2y,lo
        4:1z,ld :2v,ld 3:26,lc :32,lc :1t,lm,ld :2p,lm,ld :5i,ld :6e,ld :60,ld :6w,ld :1t,lr :2p,lr :1t,lt :2p,lt :1x,lr :2t,lr
        :1x,lt :2t,lt :21,lr :2x,lr :21,lt :2x,lt :27,lr :33,lr :27,lt :33,lt :2a,lr :36,lr :2a,lt :36,lt :2d,lr :39,lr :2d,lt
        :39,lt :2b,me :37,me :2c,me :38,me 3:20,lo :2w,lo 7:1t,lj :2p,lj :1x,mf :2t,mf :27,lk,lg :33,lk,lg :27,lf,lg :33,lf,lg
        :27,lj :33,lj :27,lj,lg :33,lj,lg :2h,lg :3d,lg 7h:lc :ld 2:lv :lk,ld 1c:jd a:1n 7:4o,ld :pd,ld :53 :ph,ld :pj,ld :pl,ld
        2:pr,ld 2:px,ld :q1,ld :qh,lk,ld q:pl,lk :px,lk :q9,ld :qd,ld :qf,ld :qh,ld :qt,lk,ld q:qh,lk :qt,lk :qn,ld :qt,ld :qx,ld
        5:r6,ld :r6,lk 18:t1,lc :t1,lk 2:sz,ld 4:sm,lk 5:t6,ld :t4,lc :tf,li b:t4,li w:u0,li n:tx,lc :tx,lk 2:tv,ld 4:uu,lk 5:u2,ld
        :u0,lc :ub,li o:vo,lr :vp,lr 22:t2,li :ty,li e:sw,li :ts,li :sw,lk :ts,lk 3:t1,li :tx,li 3:yg,lk :yh,lk :t2,lk :ty,lk :t3,lk
        :tz,lk 3:t4,lg :u0,lg :t4,lk :u0,lk :ta,lk :u6,lk 3:yw,lk :yx,lk :tp,lk :ul,lk :tf,lg :ub,lg :tf,lk :ub,lk :tf,ln :ub,ln
        :tj,lk :uf,lk 3:tn,lk :uj,lk 89:17r,18z :17r,190 :18o,190 :17r,191 :18q,190 4a:1cl,190 2:1c1,190 h:1ci,190 gm:1t4,1to
        8:1tc,1to 3:1tf,1to 10:1sl,1to :1sm,1to :1sn,1to :1ss,1to :1sx,1to :1sy,1to :1t7,1to :1tb,1to 30:1xj,1xa :1xj,1xz g:1wh,1x8
        :1wi,1x8 2:1wv,1x8 2c:20i,20s 3:20o,20s z:1zq,20s :1zr,20s :1zw,20s 3:20b,20s 6i:287,28m 3:287,27y :287,28n g:275,27w
        :276,27w 1j:2aa,2c7 1i:2bq,2bi :2br,2bi :2bq,2c7 3g:2fa,2fq 3c:2in,2j9 7:2iu,2j9 :2iu,2ja 2:2iu,2iq :2iu,2iq,2j9 3j:2me,2m6
        :2mf,2m6 :2me,2mv 3y:2qh,2q2 2:2qh,2q7 :2qh,2q7,2q2 :2qh,2qn 9x:30i,33r a:30s,33r 5:30x,33r 5:312,33r 5:317,33r d:30g,33p
        a:31t,31u 2:31t,31w :33m,328 2:33n,328 9:31t,328 i:32q,33r a:330,33r 5:335,33r 5:33a,33r 5:33f,33r d:32o,33p 31:36t,372
        25c:5c5,5dh 2:5c7,5dh 2:5c9,5dh 2:5cb,5dh 2:5cd,5dh 4:5ch,5dh 15:5dm,5dh 2:5do,5dh 3:5dq,5dh :5dr,5dh 2:5du,5dh jh:1t,md
        :2p,md :1u,lj :2q,lj :1u,mb :2q,mb :1u,mp :2q,mp :1v,mf,ld :2r,mf,ld :1w,lj :2s,lj :1w,mb :2s,mb :1w,mp :2s,mp :1w,mf :2s,mf
        :1w,ml :2s,ml :1x,lg,lc :2t,lg,lc :1x,lg,ld :2t,lg,ld :1x,ml :2t,ml :1x,mo :2t,mo :1x,mf,li :2t,mf,li :1y,lj :2u,lj :1z,lg
        :2v,lg :20,lj :2w,lj :20,mb :2w,mb :20,lk :2w,lk :20,mf :2w,mf :20,mm :2w,mm :21,mo :2x,mo :21,lk,ld :2x,lk,ld :23,ld :2z,ld
        :23,mb :2z,mb :23,mp :2z,mp :24,mb :30,mb :24,mb,lg :30,mb,lg :24,mp :30,mp :24,ml :30,ml :25,ld :31,ld :25,lj :31,lj :25,mb
        :31,mb :26,lj :32,lj :26,mb :32,mb :26,mp :32,mp :26,ml :32,ml :27,lf,ld :33,lf,ld :27,lf,lk :33,lf,lk :27,lg,lc :33,lg,lc
        :27,lg,ld :33,lg,ld :28,ld :34,ld :28,lj :34,lj :2a,lj :36,lj :2a,mb :36,mb :2a,mb,lg :36,mb,lg :2a,mp :36,mp :2b,lj :37,lj
        :2b,mb :37,mb :2b,ld,lj :37,ld,lj :2b,lo,lj :37,lo,lj :2b,mb,lj :37,mb,lj :2c,lj :38,lj :2c,mb :38,mb :2c,mp :38,mp :2c,ml
        :38,ml :2d,mc :39,mc :2d,mo :39,mo :2d,ml :39,ml :2d,lf,ld :39,lf,ld :2d,lg,lk :39,lg,lk :2e,lf :3a,lf :2e,mb :3a,mb :2f,lc
        :3b,lc :2f,ld :3b,ld :2f,lk :3b,lk :2f,lj :3b,lj :2f,mb :3b,mb :2g,lj :3c,lj :2g,lk :3c,lk :2h,lj :3d,lj :2i,le :3e,le
        :2i,mb :3e,mb :2i,mp :3e,mp :2w,mp :38,lk :3b,lm :3d,lm 2:an,lj 5:1t,mb :2p,mb :1t,ll :2p,ll :1t,le,ld :2p,le,ld :1t,le,lc
        :2p,le,lc :1t,le,ll :2p,le,ll :1t,le,lf :2p,le,lf :1t,mb,le :2p,mb,le :1t,li,ld :2p,li,ld :1t,li,lc :2p,li,lc :1t,li,ll
        :2p,li,ll :1t,li,lf :2p,li,lf :1t,mb,li :2p,mb,li :1x,mb :2t,mb :1x,ll :2t,ll :1x,lf :2t,lf :1x,le,ld :2t,le,ld :1x,le,lc
        :2t,le,lc :1x,le,ll :2t,le,ll :1x,le,lf :2t,le,lf :1x,mb,le :2t,mb,le :21,ll :2x,ll :21,mb :2x,mb :27,mb :33,mb :27,ll
        :33,ll :27,le,ld :33,le,ld :27,le,lc :33,le,lc :27,le,ll :33,le,ll :27,le,lf :33,le,lf :27,mb,le :33,mb,le :27,m3,ld
        :33,m3,ld :27,m3,lc :33,m3,lc :27,m3,ll :33,m3,ll :27,m3,lf :33,m3,lf :27,m3,mb :33,m3,mb :2d,mb :39,mb :2d,ll :39,ll
        :2d,m3,ld :39,m3,ld :2d,m3,lc :39,m3,lc :2d,m3,ll :39,m3,ll :2d,m3,lf :39,m3,lf :2d,m3,mb :39,m3,mb :2h,lc :3d,lc :2h,mb
        :3d,mb :2h,ll :3d,ll :2h,lf :3d,lf 7:q9,lv :q9,lw :q9,lv,lc :q9,lw,lc :q9,lv,ld :q9,lw,ld :q9,lv,n6 :q9,lw,n6 :pd,lv :pd,lw
        :pd,lv,lc :pd,lw,lc :pd,lv,ld :pd,lw,ld :pd,lv,n6 :pd,lw,n6 :qd,lv :qd,lw :qd,lv,lc :qd,lw,lc :qd,lv,ld :qd,lw,ld 3:ph,lv
        :ph,lw :ph,lv,lc :ph,lw,lc :ph,lv,ld :ph,lw,ld 3:qf,lv :qf,lw :qf,lv,lc :qf,lw,lc :qf,lv,ld :qf,lw,ld :qf,lv,n6 :qf,lw,n6
        :pj,lv :pj,lw :pj,lv,lc :pj,lw,lc :pj,lv,ld :pj,lw,ld :pj,lv,n6 :pj,lw,n6 :qh,lv :qh,lw :qh,lv,lc :qh,lw,lc :qh,lv,ld
        :qh,lw,ld :qh,lv,n6 :qh,lw,n6 :pl,lv :pl,lw :pl,lv,lc :pl,lw,lc :pl,lv,ld :pl,lw,ld :pl,lv,n6 :pl,lw,n6 :qn,lv :qn,lw
        :qn,lv,lc :qn,lw,lc :qn,lv,ld :qn,lw,ld 3:pr,lv :pr,lw :pr,lv,lc :pr,lw,lc :pr,lv,ld :pr,lw,ld 3:qt,lv :qt,lw :qt,lv,lc
        :qt,lw,lc :qt,lv,ld :qt,lw,ld :qt,lv,n6 :qt,lw,n6 2:px,lw 2:px,lw,lc 2:px,lw,ld 2:px,lw,n6 :qx,lv :qx,lw :qx,lv,lc :qx,lw,lc
        :qx,lv,ld :qx,lw,ld :qx,lv,n6 :qx,lw,n6 :q1,lv :q1,lw :q1,lv,lc :q1,lw,lc :q1,lv,ld :q1,lw,ld :q1,lv,n6 :q1,lw,n6 :q9,lc
        :q9,ld :qd,lc :qd,ld :qf,lc :qf,ld :qh,lc :qh,ld :qn,lc :qn,ld :qt,lc :qt,ld :qx,lc :qx,ld 3:q9,lv,n9 :q9,lw,n9 :q9,lv,lc,n9
        :q9,lw,lc,n9 :q9,lv,ld,n9 :q9,lw,ld,n9 :q9,lv,n6,n9 :q9,lw,n6,n9 :pd,lv,n9 :pd,lw,n9 :pd,lv,lc,n9 :pd,lw,lc,n9 :pd,lv,ld,n9
        :pd,lw,ld,n9 :pd,lv,n6,n9 :pd,lw,n6,n9 :qf,lv,n9 :qf,lw,n9 :qf,lv,lc,n9 :qf,lw,lc,n9 :qf,lv,ld,n9 :qf,lw,ld,n9 :qf,lv,n6,n9
        :qf,lw,n6,n9 :pj,lv,n9 :pj,lw,n9 :pj,lv,lc,n9 :pj,lw,lc,n9 :pj,lv,ld,n9 :pj,lw,ld,n9 :pj,lv,n6,n9 :pj,lw,n6,n9 :qx,lv,n9
        :qx,lw,n9 :qx,lv,lc,n9 :qx,lw,lc,n9 :qx,lv,ld,n9 :qx,lw,ld,n9 :qx,lv,n6,n9 :qx,lw,n6,n9 :q1,lv,n9 :q1,lw,n9 :q1,lv,lc,n9
        :q1,lw,lc,n9 :q1,lv,ld,n9 :q1,lw,ld,n9 :q1,lv,n6,n9 :q1,lw,n6,n9 :q9,li :q9,lg :q9,lc,n9 :q9,n9 :q9,ld,n9 2:q9,n6 :q9,n6,n9
        :pd,li :pd,lg :pd,lc :pd,ld :pd,n9 2:qh 3:4o,n6 :qf,lc,n9 :qf,n9 :qf,ld,n9 2:qf,n6 :qf,n6,n9 :ph,lc :ph,ld :pj,lc :pj,ld
        :pj,n9 :69r,lc :69r,ld :69r,n6 :qh,li :qh,lg :qh,lk,lc :qh,lk,ld 3:qh,n6 :qh,lk,n6 :pl,li :pl,lg :pl,lc :pl,ld 2:6bi,lc
        :6bi,ld :6bi,n6 :qt,li :qt,lg :qt,lk,lc :qt,lk,ld :qp,lv :qp,lw :qt,n6 :qt,lk,n6 :px,li :px,lg :px,lc :px,ld :pt,lw :4o,lc
        :4o,ld :2o 3:qx,lc,n9 :qx,n9 :qx,ld,n9 2:qx,n6 :qx,n6,n9 :pr,lc :pr,ld :q1,lc :q1,ld :q1,n9 :50 3:6bm :6bn 85:q1 4:23 :1t,lm
        33:6mo,mw :6mq,mw j:6ms,mw v:6og,mw :6ok,mw :6oi,mw 1h:6pv,mw 5:6q0,mw 3:6q3,mw o:6qr,mw 2:6qt,mw r:6rg,mw 3:6rn,mw 3:6rp,mw
        2:6rs,mw n:1p,mw 2:6sh,mw b:6rx,mw :1o,mw :1q,mw :6sk,mw :6sl,mw 3:6sy,mw :6sz,mw 3:6t2,mw :6t3,mw 7:6t6,mw :6t7,mw 3:6te,mw
        :6tf,mw 3:6ti,mw :6tj,mw z:6ua,mw :6ug,mw :6uh,mw :6uj,mw 1d:6t8,mw :6t9,mw :6tt,mw :6tu,mw 7:6uq,mw :6ur,mw :6us,mw :6ut,mw
        1o:9hk :9hl 1iq:8gt,mw 12o:9jf,9ll 2:9jh,9ll 2:9jj,9ll 2:9jl,9ll 2:9jn,9ll 2:9jp,9ll 2:9jr,9ll 2:9jt,9ll 2:9jv,9ll 2:9jx,9ll
        2:9jz,9ll 2:9k1,9ll 3:9k4,9ll 2:9k6,9ll 2:9k8,9ll 7:9kf,9ll :9kf,9lm 2:9ki,9ll :9ki,9lm 2:9kl,9ll :9kl,9lm 2:9ko,9ll
        :9ko,9lm 2:9kr,9ll :9kr,9lm n:9ja,9ll a:9lp,9ll e:9m3,9ll 2:9m5,9ll 2:9m7,9ll 2:9m9,9ll 2:9mb,9ll 2:9md,9ll 2:9mf,9ll
        2:9mh,9ll 2:9mj,9ll 2:9ml,9ll 2:9mn,9ll 2:9mp,9ll 3:9ms,9ll 2:9mu,9ll 2:9mw,9ll 7:9n3,9ll :9n3,9lm 2:9n6,9ll :9n6,9lm
        2:9n9,9ll :9n9,9lm 2:9nc,9ll :9nc,9lm 2:9nf,9ll :9nf,9lm n:9ly,9ll 3:9nz,9ll :9o0,9ll :9o1,9ll :9o2,9ll 4:9od,9ll 13ia:rpk
        :kc4 :s7e :rt4 :lw1 :fg2 :gkl :vj0 :vj0 :hn5 :ssx :gw7 :hmw :jcm :ne1 :p6t :qin :qt6 :r20 :sjz :kxu :ljv :mah :mvy :q4d :sq2
        :uep :fia :ghh :l50 :mjf :qi5 :v8e :ifk :m3v :qfh :r50 :jih :pnc :qvz :iq2 :kd3 :lm2 :mpo :slq :fpi :g53 :gda :jwk :l3n :mj4
        :nhj :pa9 :qh2 :qjg :s1b :tv6 :upb :v7e :nt8 :nzz :otc :q15 :t1g :vb3 :rfa :hjz :iro :okg :pdq :mle :nuy :rsy :ttj :hjs :i8y
        :kyb :lp6 :lxr :oq7 :oxj :tor :gcy :pe3 :g64 :g5o :o4c :ou6 :q29 :tpx :rk0 :jin :kxu :rge :fg9 :i5j :iz6 :mtj :n74 :gev :nwb
        :fr3 :iw9 :ff1 :lho :k1k :opu :gjn :hge :ni9 :q4p :re2 :la2 :sds :lfs :jjy :put :jog :n6t :fji :g2x :g5l :kn5 :oo7 :prj :rf6
        :ssv :gdx :gn6 :ho3 :ir0 :k3p :m4e :nxm :tkd :ui2 :vbr :vda :gbf :kau :l87 :sbm :ino :j9s :jcw :jve :lyb :mdl :n0p :o22 :ovo
        :pdb :s9y :q9a :sgz :t3e :g7r :gbn :gql :ma0 :r0i :re2 :iq1 :iyd :jnf :l9q :oji :mt1 :fl0 :h6h :i5j :iii :izg :muq :mzt :p7e
        :pc6 :svo :tti :tvs :u1k :fpn :o1a :ss4 :trs :j4x :fie :fyy :i5q :i7z :k2h :kxu :mha :ncy :q9o :sjg :vil :k94 :tny :gax :kfv
        :kj7 :lkx :luk :mx5 :n6h :nsb :opc :u3i :g31 :je6 :tq0 :fu3 :ie1 :lpm :sa2 :ivf :j7o :kk7 :mtj :tqe :g89 :glr :i91 :k5v :kem
        :ko8 :lid :mx2 :naa :p6h :r0v :r1d :sss :tsy :gfz :lve :gm5 :mhc :n14 :qgq :tr7 :uvr :vbz :kgn :lor :pns :o97 :obk :olu :mo0
        :m8p :riw :fk0 :px2 :g8q :g7b :ip2 :jir :onq :i2t :ljy :kac :saj :qx8 :tot :r63 :iqb :g1s :gxs 3:hga 2:k8k 3:g66 :mqy :ngq
        :ny4 :nz2 :nz9 :o0f :tw6 :on2 :p8d 2:qhe 2:rg8 3:shk :sn1 4:u7j :u7w :u94 :v5g :sm6 :trr :fqm :fzb :g25 :gcp :gdg :ggh :gwt
        :gzq :h2g :hfk :hig :i90 :i9a :j2s :j8o :j9q :jci :k0f :k4i :k9d :kn9 :lmf :lqy :lya :mem :mjv :mxu :ntd :ny6 :nyh :nyg :nyo
        :nyu :nz1 :o0d :o0e :o5c :o75 :og0 :ovo :ow9 :oxt :p6a :pad :pnx :prt :prt :q53 :r2o :r6e :rgh :ri1 :rtf :ruw :sdy :shk :tsz
        :u0v :u2j :j1x :36cu :pp4 3:ffq :g51 :g2w :fpc :g1x :g3k :gcn :ge2 :gwt :gut :gwp :gyq :hga :hir :hms :hn8 :huq :i08 :iqa
        :iqh :iuh :iwd :j4o :j7y :j60 :j9q :j8g :jci :jec :jpg :jrw :jte :k0m :k8k :kd3 :kd7 :keu :l89 :la2 :lkx :lwb :lvv :lya :m5a
        :mem :nmv :mk5 :mnj :mqy :n01 :n46 :n5n :nbx :nbz :ngq :nh7 :nhw :nka :nk0 :nv0 :o8h :og0 :ol7 :orf :ovo :p4u :pad :pxu :q27
        :qrd :r41 :r5y :r6e :ren :rg8 :rez :rgh :rge :rfx :ri1 :rka :ruw :sag :sj6 :srd :sxi :tq4 :tsz :tw6 :tzv :u0v :u17 :u2j :umq
        :vj0 :313e :3138 :33dh :brx :cns :cop :39e1 :3bgw :3i6r :vgj :vim 1w:15l,14k 2:16a,14n b:161,14x :161,14y :161,14s,14x
        :161,14s,14y :15c,14n :15c,14o :15c,14s :15d,14s :15e,14s :15f,14s :15g,14s :15h,14s :15i,14s 2:15k,14s :15l,14s :15m,14s
        :15n,14s :15o,14s 2:15q,14s 2:15s,14s :15t,14s 2:15v,14s :15w,14s 2:15y,14s :15z,14s :160,14s :161,14s :162,14s :15h,14p
        :15d,14v :15n,14v :15w,14v 47g:1huh,1hve 2:1huj,1hve f:1hut,1hve 3n:1hyp,1hyf :1hyq,1hyf f0:1idj,1ida :1idj,1idz
        a7:1int,1inu :1int,1ink 2:1int,1inx 70:1iuw,1iun :1iux,1iun 112b:2jx3,2jxh :2jx4,2jxh :2jx4,2jxh,2jxq :2jx4,2jxh,2jxr
        :2jx4,2jxh,2jxs :2jx4,2jxh,2jxt :2jx4,2jxh,2jxu 2f:2jzt,2jxh :2jzu,2jxh :2jzt,2jxh,2jxq :2jzu,2jxh,2jxq :2jzt,2jxh,2jxr
        :2jzu,2jxh,2jxr 1m4g:fgd :fg8 :fgh :2tcy :fog :fqm :fqz :fsy :fwa :fx5 :fzb :fyn :ae6 :2ud6 :g25 :g2c :g2s :g3b :2u58 :aex
        :g2v :g3x :2u6j :g47 :g4k :fkc :g4s :g51 :3ly7 :g6t :g77 :afz :g8r :g92 :gaa :gaf :ahh :gcn :gcp :gdg :ge2 :ged :gee :gev
        :gg9 :ggh :ggq :ghf :ghp :ghr :ghr :ghr :2v58 :m7k :gju :gkf :2vdv :gkr :gkx :gli :gpq :gmw :gnc :go8 :gpu :gs6 :gsw :gur
        :gv7 :gw4 :gw4 :gwp :gx7 :gxf :gxu :h7a :gzq :h7b :h1t :h2s :g7b :hke :hce :hdg :he5 :haj :hf6 :hf5 :hik :2x9g :hki :hkn
        :hl2 :hlm :hlu :hnm :2xm0 :2xnu :hrg :hsr :ht3 :hqw :huu :aum :av0 :hzc :i0u :i0u :2y88 :i4j :i54 :i5j :i5v :2yhk :i67 :i6e
        :itv :i76 :ayp :i8w :i9a :ibk :ia5 :2z1g :if7 :2z1i :ige :igb :igs :ijl :ijm :b3j :ikd :ilk :im5 :ind :b4y :2zr7 :b5o :ipc
        :ipf :ipi :iq2 :3pg2 :iri :3035 :3035 :poh :isi :isi :b7r :335k :3cgq :iua :iuj :b8j :ivu :ix9 :ixj :iyh :j29 :bay :ba4 :j2s
        :30t0 :j47 :j7s :j7w :j7y :j7w :j96 :j9q :jaq :jac :jan :jby :jci :jcm :jdc :jdn :jfh :jht :jis :jm8 :31n0 :jlp :jjw :jmw
        :jnn :jqc :31td :js2 :jph :jop :bhq :ju1 :jum :jvh :juf :bjg :k0f :k18 :32mi :k4j :kc8 :k7d :bo9 :k9d :bns :bms :g42 :g45
        :kcg :k9o :pf1 :deh :kd3 :kd7 :kdd :kf2 :ker :33cz :bpl :kje :kg5 :klu :kn9 :33hp :kni :kkf :kr8 :brx :ksi :kv7 :kx6 :l2g
        :33xf :l3v :bvc :l5t :34br :l78 :bwu :l82 :l9b :la2 :la3 :34p9 :2yvf :34sa :le6 :354s :lhb :lhp :lev :ljq :lku :lmf :lkx
        :lm1 :lmg :lmt :357i :lkk :lrj :lta :c37 :lvv :lvr :35jl :lq1 :m0e :35ni :35ou :m2u :m61 :m5a :m57 :c5y :m6i :m7x :m7r :m99
        :2u5h :mdh :368z :mfw :36i3 :mjs :mk5 :mkw :36yw :mm8 :mmt :3779 :37dg :mt6 :mtn :cdo :mud :ce0 :ce0 :myv :mzg :n01 :n0l
        :n2i :cgr :n50 :386u :n5q :389e :n74 :2zrz :nbk :38v5 :38vs :38zo :cn0 :cnc :nhw :394j :394i :395l :396b :nj2 :nj3 :nj3 :nka
        :cop :nm3 :cp2 :cra :39r1 :nri :nt8 :nv0 :ctf :3a5i :nyu :3a8q :3a9x :o0f :o2z :cvj :o5c :o5m :o5r :3at8 :3b1j :3b1j :oa6
        :d1e :3b8r :og6 :og9 :d2f :3beo :onm :d5s :oo8 :oo3 :oow :3c06 :orn :d8h :ouf :ow2 :oxx :d9w :3ciw :3cjr :dax :3cnt :p6i
        :3cqm :p79 :pa2 :pad :3d22 :3d43 :pcw :3d7s :pdc :33a7 :ded :pf6 :phf :dfv :pj2 :hx1 :3dlz :3dmd :33bn :33bw :poh :pok :sda
        :dij :psh :psb :pst :gc3 :ptd :ptf :ptp :puu :3ebg :put :pwd :pyb :q0d :pwj :q0t :q1z :q53 :pxv :q16 :q18 :q1o :3eie :3eqz
        :3emt :dnv :q9d :q9f :qae :3g0a :qck :3f3g :dp9 :dpd :3f75 :3ff6 :dpn :qj4 :qjg :qjr :qjt :qll :qko :qoe :qn6 :qrd :qp4 :qqz
        :qrq :dsn :qu9 :qv5 :dtl :qxs :qxv :3giv :r13 :r1a :dv9 :r22 :aez :3gz2 :3h46 :dz2 :dzb :rds :rfx :rka :rpx :3hrc :rsb :rsx
        :rvf :rxz :3i9b :2upw :s0b :rzw :s1c :2uvy :s7o :sag :3jki :3jl9 :sk4 :smp :snl :3ju6 :snv :svs :t07 :t08 :sxo :t89 :t91
        :3ksa :tjf :ej9 :tkn :3l2v :eli :ts3 :iia :tur :3ltx :3lzu :epa :epi :u00 :3mdm :er6 :3mhi :u17 :u17 :u21 :3mpi :u76 :eur
        :u95 :ucn :ude :uf2 :ez2 :3nsg :umq :uv4 :v0d :f66 :f71 :v3b :3owe :f7c :3oxx :3p5a :3p8x :vcr :f9y :veh :vem :vet :vf3 :vfa
        :vgb :3pxc
        """

    /// Full compatibility decompositions, where they differ.
    static let compatible = """
        4g:w 8:w,lk 2:2p 5:w,lg 3:1e :1f :w,ld :qk 3:w,mf :1d :33 2:1d,6dg,1g :1d,6dg,1e :1f,6dg,1g 38:21,22 :2x,2y c:24,53 :30,53
        9:jg,32 1i:37 1x:1w,2i,lo :1w,3e,lo :2s,3e,lo :24,22 :24,2y :30,2y :26,22 :26,2y :32,2y 11:1w,2i :1w,3e :2s,3e 59:2w :h2 :2y
        :36 :hl :hn :ht :3b :3d w:w,li :w,lj :w,lm :w,mg :w,lf :w,ln 3:gz :30 :37 :3c :id 46:w,n9 a:w,ld :w,lk,ld 23:qa :qg :px
        :px,ld :px,lk :qu :qo q:qi :qp :qq 2:pk :qd 4:pv b2:12d,136 6m:17r,19w :18o,19w :1c7,19w :18q,19w 1iz:2tp,2sy 3k:2x9,2wi
        15:2wb,2vt :2wb,2w1 1b:2yz 2z:33m,31t,328 2:33n,31t,328 ar:3bw 2eo:1t :5i :1u 2:1w :1x :b2 :1z :20 :21 :22 :23 :24 :25 :26
        2:27 :f6 :28 :2a :2c :2d :2f :2p :gg :gh :5qa :2q :2s :2t :gp :gr :gs :2v 2:2z :31 :97 :33 :gk :5qu :5qv :34 :38 :39 :5r1
        :hb :3a :5r9 :qa :qb :qc :qu :qv :2x :36 :39 :3a :qa :qb :qp :qu :qv e:u5 z:gi :2r :gl :6o :gs :2u :gv :gx :h1 :h4 :h5 :h6
        :5tn :il :h9 :5tx :in :hd :hc :he :hf :hg :hh :hk :hu :hv :bv :i1 :i2 :5r0 :i3 :i4 :3e :i8 :i9 :ia :qg 63:2p,ji :37,lj
        82:w,lv 2:w,lv :w,n6 :w,lk,n6 c:w,lv,lc :w,lv,ld :w,lv,n6 e:w,lw,lc :w,lw,ld :w,lw,n6 e:w,lk,lc :w,lk,ld f:w,ld :w,lw 2:w :w
        :w :w :w :w :w :w :w :w :w 7:6c0 6:w,mr d:1a :1a,1a :1a,1a,1a 9:w 4:6cy,6cy :6cy,6cy,6cy 2:6d1,6d1 :6d1,6d1,6d1 5:x,x 2:w,lh
        9:1r,1r :1r,x :x,1r e:6cy,6cy,6cy,6cy 8:w h:1c :2x 3:1g :1h :1i :1j :1k :1l :17 :6qa :1p :14 :15 :32 :1c :1d :1e :1f :1g :1h
        :1i :1j :1k :1l :17 :6qa :1p :14 :15 2:2p :2t :33 :3c :gp :2w :2z :30 :31 :32 :34 :37 :38 c:2a,37 2g:2p,1b,2r :2p,1b,37 :1v
        :4w,1v 2:2r,1b,33 :2r,1b,39 :b4 2:4w,1y :2v :20 :20 :20 :2w :87 :21 :21 :24 :30 2:26 :26,33 3:28 :29 :2a :2a :2a 3:2b,25
        :2c,1x,24 :2c,25 2:2i 4:2i 4:1u :1v 2:2t :1x :1y 2:25 :33 :15c :15d :15e :15f :2x 2:1y,1t,2g :qo :qb :pf :ps :6q9 5:1w :2s
        :2t :2x :2y 7:1d,6dg,1j :1d,6dg,1l :1d,6dg,1d,1c :1d,6dg,1f :1e,6dg,1f :1d,6dg,1h :1e,6dg,1h :1f,6dg,1h :1g,6dg,1h
        :1d,6dg,1i :1h,6dg,1i :1d,6dg,1k :1f,6dg,1k :1h,6dg,1k :1j,6dg,1k :1d,6dg :21 :21,21 :21,21,21 :21,2e :2e :2e,21 :2e,21,21
        :2e,21,21,21 :21,2g :2g :2g,21 :2g,21,21 :24 :1v :1w :25 :2x :2x,2x :2x,2x,2x :2x,3a :3a :3a,2x :3a,2x,2x :3a,2x,2x,2x
        :2x,3c :3c :3c,2x :3c,2x,2x :30 :2r :2s :31 a:1c,6dg,1f 4j:6qz,6qz :6qz,6qz,6qz 2:6r2,6r2 :6r2,6r2,6r2 fk:1d :1e :1f :1g :1h
        :1i :1j :1k :1l :1d,1c :1d,1d :1d,1e :1d,1f :1d,1g :1d,1h :1d,1i :1d,1j :1d,1k :1d,1l :1e,1c :14,1d,15 :14,1e,15 :14,1f,15
        :14,1g,15 :14,1h,15 :14,1i,15 :14,1j,15 :14,1k,15 :14,1l,15 :14,1d,1c,15 :14,1d,1d,15 :14,1d,1e,15 :14,1d,1f,15 :14,1d,1g,15
        :14,1d,1h,15 :14,1d,1i,15 :14,1d,1j,15 :14,1d,1k,15 :14,1d,1l,15 :14,1e,1c,15 :1d,1a :1e,1a :1f,1a :1g,1a :1h,1a :1i,1a
        :1j,1a :1k,1a :1l,1a :1d,1c,1a :1d,1d,1a :1d,1e,1a :1d,1f,1a :1d,1g,1a :1d,1h,1a :1d,1i,1a :1d,1j,1a :1d,1k,1a :1d,1l,1a
        :1e,1c,1a :14,2p,15 :14,2q,15 :14,2r,15 :14,2s,15 :14,2t,15 :14,2u,15 :14,2v,15 :14,2w,15 :14,2x,15 :14,2y,15 :14,2z,15
        :14,30,15 :14,31,15 :14,32,15 :14,33,15 :14,34,15 :14,35,15 :14,36,15 :14,37,15 :14,38,15 :14,39,15 :14,3a,15 :14,3b,15
        :14,3c,15 :14,3d,15 :14,3e,15 :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f
        :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1c
        10i:6qz,6qz,6qz,6qz 2w:1m,1m,1p :1p,1p :1p,1p,1p ee:2y :2e 6q:8yp 8g:lal 2c:vj3 d:feo :ffs :fg6 :fgf :fh5 :fid :fik :fj4
        :fju :g1r :g2t :g2z :g3m :g46 :g4r :g68 :g6t :g74 :gbf :ge1 :get :gey :gfs :gg1 :ggs :gh5 :ghu :gja :gjs :gkj :h5j :h7j :hkb
        :hky :hl6 :hlh :hlz :ho3 :i1c :i2o :i60 :i6n :i76 :i7s :i9a :i9d :ijf :ijp :ik1 :ike :inm :inu :inz :ir8 :iri :irv :is3 :its
        :iu9 :iur :iwz :jd4 :jee :jez :jzj :jzo :k1z :k2f :k2s :k3d :k4g :k4l :kc0 :kco :kdk :l5s :l7m :l89 :l9v :laj :las :laz :lcf
        :lck :ldg :m7f :mju :mk6 :mkb :mkf :mkn :ml5 :ml7 :mng :mtg :mtl :n30 :n3a :n4o :n4v :n54 :n5c :n7v :n82 :nee :nel :nfy :ngf
        :nhq :nob :noi :noz :ny2 :o1k :o1q :o6s :o97 :oah :okz :ooo :p4m :p5d :p6y :p8d :pa9 :pak :paq :pbn :pdr :pe1 :pnn :pnu :po3
        :poc :pos :pp7 :ppb :pri :prm :prs :qj1 :qjv :qww :qx8 :qxv :r5q :r63 :r82 :r9c :rp3 :rpi :rpx :rqw :rrx :rxg :rxs :rzn :s6j
        :s7e :sd7 :sds :sdx :sk1 :sp5 :ssm :sss :ssx :tiv :tj4 :tng :trq :trt :tt4 :tw1 :twe :twi :twp :tzf :u0d :u0j :u0x :u5k :u6z
        :u73 :uc6 :uc9 :ucs :ujs :ul4 :ulb :un9 :unj :unm :unw :uoq :uzp :vat :vb3 :vc5 :vcr :vcz :vd9 :vdd :veh :vel :vf2 :vf7 :vfk
        :vgb :vgq :vgy :vil :vj0 :vj4 17:w 1i:9hu 2:gg1 :gg4 :gg5 2p:w,9ll :w,9lm 3:9l4,9l6 2o:9mb,9mw 1e:3cw :3cx :3hm :3cy :3ho
        :3hp :3cz :3d0 :3d1 :3hs :3ht :3hu :3hv :3hw :3hx :3dm :3d2 :3d3 :3d4 :3dt :3d5 :3d6 :3d7 :3d8 :3d9 :3da :3db :3dc :3dd :3de
        :3fl :3fm :3fn :3fo :3fp :3fq :3fr :3fs :3ft :3fu :3fv :3fw :3fx :3fy :3fz :3g0 :3g1 :3g2 :3g3 :3g4 :3g5 :3fk :3dg :3dh :3if
        :3ig :3ik :3im :3ir :3iv :3ix :3do :3j1 :3j3 :3dp :3dq :3ds :3du :3dv :3dz :3e1 :3e3 :3e4 :3e5 :3e6 :3e7 :3ea :3ee :3eo :3ev
        :3f0 :3jl :3jm :3fb :3fc :3fd :3gk :3gl :3go :3gx :3gy :3h0 :3ha :3hd 4:feo :fik :fex :h5n :fey :ffx :fez :n5e :fh5 :ffd
        :fep :hm1 :h80 :fju 2p:14,3cw,15 :14,3cy,15 :14,3cz,15 :14,3d1,15 :14,3d2,15 :14,3d3,15 :14,3d5,15 :14,3d7,15 :14,3d8,15
        :14,3da,15 :14,3db,15 :14,3dc,15 :14,3dd,15 :14,3de,15 :14,3cw,3fl,15 :14,3cy,3fl,15 :14,3cz,3fl,15 :14,3d1,3fl,15
        :14,3d2,3fl,15 :14,3d3,3fl,15 :14,3d5,3fl,15 :14,3d7,3fl,15 :14,3d8,3fl,15 :14,3da,3fl,15 :14,3db,3fl,15 :14,3dc,3fl,15
        :14,3dd,3fl,15 :14,3de,3fl,15 :14,3d8,3fy,15 :14,3d7,3ft,3d8,3fp,3hn,15 :14,3d7,3ft,3de,3fy,15 2:14,feo,15 :14,fik,15
        :14,fex,15 :14,h5n,15 :14,fis,15 :14,g31,15 :14,fer,15 :14,g2z,15 :14,fh9,15 :14,gg1,15 :14,kco,15 :14,m7f,15 :14,ldg,15
        :14,kdk,15 :14,ssx,15 :14,h7j,15 :14,k4l,15 :14,kkq,15 :14,kcp,15 :14,ny6,15 :14,glp,15 :14,mm1,15 :14,rs1,15 :14,nz1,15
        :14,gc4,15 :14,fkz,15 :14,gos,15 :14,i1y,15 :14,nhf,15 :14,flt,15 :14,rt3,15 :14,ggk,15 :14,nzh,15 :14,fm9,15 :14,pnu,15
        :14,po3,15 :gun :inw :k1z :oen 9:28,2c,1x :1e,1d :1e,1e :1e,1f :1e,1g :1e,1h :1e,1i :1e,1j :1e,1k :1e,1l :1f,1c :1f,1d
        :1f,1e :1f,1f :1f,1g :1f,1h :3cw :3cy :3cz :3d1 :3d2 :3d3 :3d5 :3d7 :3d8 :3da :3db :3dc :3dd :3de :3cw,3fl :3cy,3fl :3cz,3fl
        :3d1,3fl :3d2,3fl :3d3,3fl :3d5,3fl :3d7,3fl :3d8,3fl :3da,3fl :3db,3fl :3dc,3fl :3dd,3fl :3de,3fl :3da,3fl,3hz,3cw,3ft
        :3d8,3fy,3d7,3g4 :3d7,3fy 2:feo :fik :fex :h5n :fis :g31 :fer :g2z :fh9 :gg1 :kco :m7f :ldg :kdk :ssx :h7j :k4l :kkq :kcp
        :ny6 :glp :mm1 :rs1 :nz1 :gc4 :o2g :n5j :ho3 :six :g16 :ghc :lig :u11 :fm9 :g49 :l7n :fey :ffx :fez :ijq :gkz :gfv :i3b :i1y
        :nhf :flt :rt3 :ggk :hlo :1f,1i :1f,1j :1f,1k :1f,1l :1g,1c :1g,1d :1g,1e :1g,1f :1g,1g :1g,1h :1g,1i :1g,1j :1g,1k :1g,1l
        :1h,1c :1d,kco :1e,kco :1f,kco :1g,kco :1h,kco :1i,kco :1j,kco :1k,kco :1l,kco :1d,1c,kco :1d,1d,kco :1d,1e,kco :20,2v
        :2t,36,2v :2t,2e :24,2c,1w :9lu :9lw :9ly :9m0 :9m2 :9m3 :9m5 :9m7 :9m9 :9mb :9md :9mf :9mh :9mj :9ml :9mn :9mp :9ms :9mu
        :9mw :9my :9mz :9n0 :9n1 :9n2 :9n3 :9n6 :9n9 :9nc :9nf :9ni :9nj :9nk :9nl :9nm :9no :9nq :9ns :9nt :9nu :9nv :9nw :9nx :9nz
        :9o0 :9o1 :9o2 2:9lu,9n3,9lm,9oc,9mw :9lu,9nv,9n9,9lt :9lu,9o3,9nc,9lm,9lu :9lu,9oc,9nv :9lw,9mz,9o3,9m7,9ll :9lw,9o3,9mp
        :9ly,9m1,9o3 :9m0,9mh,9m7,9oc,9mw,9ll :9m0,9oc,9m3,9oc :9m2,9o3,9mh :9m2,9oc,9nk :9m3,9lw,9nu :9m3,9nt,9mr,9mw
        :9m3,9nx,9nu,9oc :9m3,9ll,9nx,9o3 :9m3,9ll,9o3,9ni :9m5,9ll,9m3,9ll :9m5,9ll,9mz,9oc :9m5,9np,9nu,9oc
        :9m5,9ll,9nv,9mn,9ll,9oc :9m5,9nx :9m5,9nx,9m7,9ll,9nt,9nk :9m5,9nx,9nl,9oc,9mw,9nv :9m5,9nx,9nz,9mr,9mw :9m7,9ll,9nt,9nk
        :9m7,9ll,9nt,9nk,9mw,9o3 :9m7,9nv,9mj,9ll,9lw,9nx :9m7,9nx,9oc,9n1 :9m9,9oc,9mh :9mb,9nv,9my :9mb,9oc,9nf,9lm
        :9md,9lw,9m7,9nv :9md,9o3,9mp,9oc,9nk :9mf,9nu,9o3,9m7,9ll :9mj,9o3,9mp :9mj,9o3,9mw :9mn,9ll,9oc,9mh :9mu,9ll,9mf
        :9mw,9ll,9nv :9mw,9o3 :9my,9n2 :9n2,9mr,9mw :9n3,9lw,9ms :9n3,9lm,9oc,9mj,9o3,9mw :9n3,9lm,9oc,9ms :9n3,9ll,9oc,9nw,9nv
        :9n6,9lm,9lu,9mh,9mw,9nv :9n6,9lm,9m7,9nv :9n6,9lm,9mb :9n6,9ll,9nv :9n9,9lt,9nt,9mr,9mw,9ll :9n9,9lv,9oc,9mw
        :9n9,9ll,9mr,9mf,9lz,9nv :9n9,9nt,9o3 :9nc,9m7,9mn,9oc,9nv :9nc,9lm,9ml :9nc,9lm,9mz,9n6 :9nc,9nv,9ms :9nc,9lm,9o3,9mh
        :9nc,9lm,9oc,9mf,9ll :9nc,9ll,9oc,9mn :9nf,9lm,9lw,9o3,9mw :9nf,9ll,9nv,9mw :9nf,9o3 :9nf,9lm,9o3,9mw,9ll :9nf,9oc,9nv
        :9nf,9oc,9o3 :9ni,9lw,9m7,9nx :9ni,9lw,9nv :9ni,9mr,9n3 :9ni,9nv,9m7 :9ni,9o3,9mf,9nr,9o3 :9nj,9m7,9nx,9o3 :9nj,9nu
        :9nj,9nu,9n3,9ll,9oc,9nv :9nl,9m3,9ll :9nl,9m3,9ll,9mw,9o3 :9nl,9oc,9mw,9nv :9no,9oc,9mw,9ll :9no,9oc,9nv :9nq,9lu,9o3
        :9nu,9mr,9mw,9nv :9nu,9nt :9nv,9n6,9lm,9oc :9nv,9oc,9n9,9ll,9nv :9nw,9nk :9nw,9o3,9mw,9m9,9ll,9o3 :9nz,9mr,9mw :1c,m9l
        :1d,m9l :1e,m9l :1f,m9l :1g,m9l :1h,m9l :1i,m9l :1j,m9l :1k,m9l :1l,m9l :1d,1c,m9l :1d,1d,m9l :1d,1e,m9l :1d,1f,m9l
        :1d,1g,m9l :1d,1h,m9l :1d,1i,m9l :1d,1j,m9l :1d,1k,m9l :1d,1l,m9l :1e,1c,m9l :1e,1d,m9l :1e,1e,m9l :1e,1f,m9l :1e,1g,m9l
        :2w,28,2p :2s,2p :1t,2d :2q,2p,36 :33,2e :34,2r :2s,31 :2s,31,1e :2s,31,1f :21,2d :inn,jdc :k6l,gp8 :hlz,l7n :k5q,lh7
        :kkq,irz,fmi,ny6 :34,1t :32,1t :qk,1t :31,1t :2z,1t :23,1u :25,1u :1z,1u :2r,2p,30 :2z,2r,2p,30 :34,1y :32,1y :qk,1y :qk,2v
        :31,2v :2z,2v :20,3e :2z,20,3e :25,20,3e :1z,20,3e :2c,20,3e :qk,30 :31,30 :2s,30 :2z,30 :2u,31 :32,31 :qk,31 :31,31 :2r,31
        :2z,31 :31,31,1e :2r,31,1e :31,1e :2z,31,1e :31,31,1f :2r,31,1f :31,1f :2z,31,1f :31,6qd,37 :31,6qd,37,1e :28,2p :2z,28,2p
        :25,28,2p :1z,28,2p :36,2p,2s :36,2p,2s,6qd,37 :36,2p,2s,6qd,37,1e :34,37 :32,37 :qk,37 :31,37 :34,2e :32,2e :qk,2e :31,2e
        :2z,2e :25,2e :34,2f :32,2f :qk,2f :31,2f :2z,2f :25,2f :2z,q1 :25,q1 :2p,1a,31,1a :1u,35 :2r,2r :2r,2s :1v,6qd,2z,2v
        :1v,33,1a :2s,1u :1z,3d :2w,2p :20,28 :2x,32 :23,23 :23,25 :2z,38 :30,31 :30,32 :30,33,2v :30,3c :31,2q :31,2x,30 :31,33,30
        :28,20 :34,1a,31,1a :28,28,25 :28,2a :37,36 :2b,3a :2f,2q :2e,6qd,31 :1t,6qd,31 :1d,k4l :1e,k4l :1f,k4l :1g,k4l :1h,k4l
        :1i,k4l :1j,k4l :1k,k4l :1l,k4l :1d,1c,k4l :1d,1d,k4l :1d,1e,k4l :1d,1f,k4l :1d,1g,k4l :1d,1h,k4l :1d,1i,k4l :1d,1j,k4l
        :1d,1k,k4l :1d,1l,k4l :1e,1c,k4l :1e,1d,k4l :1e,1e,k4l :1e,1f,k4l :1e,1g,k4l :1e,1h,k4l :1e,1i,k4l :1e,1j,k4l :1e,1k,k4l
        :1e,1l,k4l :1f,1c,k4l :1f,1d,k4l :2v,2p,30 mn1:ui :uk 5v:x2n 3s:86 :9f o3:x0n :xtj :h7 :xua fq9:2u,2u :2u,2x :2u,30
        :2u,2u,2x :2u,2u,30 :37,38 :37,38 d:12s,12u :12s,12d :12s,12j :132,12u :12s,12l 9:15u :15c :15f :15g :15n :15o :15p :160
        :162 :17 12:15c,15o :19t :19t :1a3 :1a3 :1a3 :1a3 :1a6 :1a6 :1a6 :1a6 :1a8 :1a8 :1a8 :1a8 :1a2 :1a2 :1a2 :1a2 :1a7 :1a7 :1a7
        :1a7 :1a1 :1a1 :1a1 :1a1 :1b8 :1b8 :1b8 :1b8 :1ba :1ba :1ba :1ba :1ac :1ac :1ac :1ac :1ab :1ab :1ab :1ab :1ae :1ae :1ae :1ae
        :1af :1af :1af :1af :1al :1al :1ak :1ak :1am :1am :1ag :1ag :1aw :1aw :1ap :1ap :1bd :1bd :1bd :1bd :1bj :1bj :1bj :1bj :1bn
        :1bn :1bn :1bn :1bl :1bl :1bl :1bl :1bu :1bu :1bv :1bv :1bv :1bv :1cl,190 :1cl,190 :1c1 :1c1 :1c1 :1c1 :1by :1by :1by :1by
        :1ci :1ci :1ci,190 :1ci,190 y:1bh :1bh :1bh :1bh :1c7 :1c7 :1c6 :1c6 :1c8 :1c8 :1c7,19w :1cb :1cb :1c5 :1c5 :1c9 :1c9 :1cg
        :1cg :1cg :1cg :18p :18p :18q,190,17r :18q,190,17r :18q,190,1cl :18q,190,1cl :18q,190,18o :18q,190,18o :18q,190,1c7
        :18q,190,1c7 :18q,190,1c6 :18q,190,1c6 :18q,190,1c8 :18q,190,1c8 :18q,190,1cg :18q,190,1cg :18q,190,1cg :18q,190,18p
        :18q,190,18p :18q,190,18p :1cc :1cc :1cc :1cc :18q,190,17w :18q,190,17x :18q,190,18l :18q,190,18p :18q,190,18q :17s,17w
        :17s,17x :17s,17y :17s,18l :17s,18p :17s,18q :17u,17w :17u,17x :17u,17y :17u,18l :17u,18p :17u,18q :17v,17w :17v,18l
        :17v,18p :17v,18q :17w,17x :17w,18l :17x,17w :17x,18l :17y,17w :17y,17x :17y,18l :183,17w :183,17x :183,17y :183,18l
        :185,17x :185,18l :186,17w :186,17x :186,17y :186,18l :187,17x :187,18l :188,18l :189,17w :189,18l :18a,17w :18a,18l
        :18h,17w :18h,17x :18h,17y :18h,18l :18h,18p :18h,18q :18i,17x :18i,18l :18i,18p :18i,18q :18j,17r :18j,17w :18j,17x
        :18j,17y :18j,18k :18j,18l :18j,18p :18j,18q :18k,17w :18k,17x :18k,17y :18k,18l :18k,18p :18k,18q :18l,17w :18l,17x
        :18l,17y :18l,18l :18l,18p :18l,18q :18m,17w :18m,17x :18m,17y :18m,18l :18m,18p :18m,18q :18n,17w :18n,18l :18n,18p
        :18n,18q :18q,17w :18q,17x :18q,17y :18q,18l :18q,18p :18q,18q :180,19s :181,19s :18p,19s :w,18s,18x :w,18t,18x :w,18u,18x
        :w,18v,18x :w,18w,18x :w,18x,19s :18q,190,181 :18q,190,182 :18q,190,18l :18q,190,18m :18q,190,18p :18q,190,18q :17s,181
        :17s,182 :17s,18l :17s,18m :17s,18p :17s,18q :17u,181 :17u,182 :17u,18l :17u,18m :17u,18p :17u,18q :17v,181 :17v,182
        :17v,18l :17v,18m :17v,18p :17v,18q :18h,18p :18h,18q :18i,18p :18i,18q :18j,17r :18j,18k :18j,18l :18j,18p :18j,18q
        :18k,18l :18k,18p :18k,18q :18l,17r :18l,18l :18m,181 :18m,182 :18m,18l :18m,18m :18m,18p :18m,18q :18p,19s :18q,181
        :18q,182 :18q,18l :18q,18m :18q,18p :18q,18q :18q,190,17w :18q,190,17x :18q,190,17y :18q,190,18l :18q,190,18n :17s,17w
        :17s,17x :17s,17y :17s,18l :17s,18n :17u,17w :17u,17x :17u,17y :17u,18l :17u,18n :17v,18l :17w,17x :17w,18l :17x,17w
        :17x,18l :17y,17w :17y,18l :183,17w :183,17x :183,17y :183,18l :185,17x :185,17y :185,18l :186,17w :186,17x :186,17y
        :186,18l :187,17x :188,18l :189,17w :189,18l :18a,17w :18a,18l :18h,17w :18h,17x :18h,17y :18h,18l :18i,17x :18i,18l
        :18j,17w :18j,17x :18j,17y :18j,18k :18j,18l :18k,17w :18k,17x :18k,17y :18k,18l :18k,18n :18l,17w :18l,17x :18l,17y
        :18l,18l :18m,17w :18m,17x :18m,17y :18m,18l :18m,18n :18n,17w :18n,18l :18n,19s :18q,17w :18q,17x :18q,17y :18q,18l
        :18q,18n :18q,190,18l :18q,190,18n :17s,18l :17s,18n :17u,18l :17u,18n :17v,18l :17v,18n :183,18l :183,18n :184,18l :184,18n
        :18j,18k :18j,18l :18k,18l :18m,18l :18m,18n :18q,18l :18q,18n :18g,18u,18x :18g,18v,18x :18g,18w,18x :187,18p :187,18q
        :189,18p :189,18q :18a,18p :18a,18q :183,18p :183,18q :184,18p :184,18q :17x,18p :17x,18q :17w,18p :17w,18q :17y,18p
        :17y,18q :185,18p :185,18q :186,18p :186,18q :184,17w :184,17x :184,17y :184,18l :184,181 :183,181 :185,181 :186,181
        :187,18p :187,18q :189,18p :189,18q :18a,18p :18a,18q :183,18p :183,18q :184,18p :184,18q :17x,18p :17x,18q :17w,18p
        :17w,18q :17y,18p :17y,18q :185,18p :185,18q :186,18p :186,18q :184,17w :184,17x :184,17y :184,18l :184,181 :183,181
        :185,181 :186,181 :184,17w :184,17x :184,17y :184,18l :183,18n :184,18n :187,18l :183,17w :183,17x :183,17y :184,17w
        :184,17x :184,17y :187,18l :188,18l :17r,18r :17r,18r j:17u,17w,18l :17u,17x,17w :17u,17x,17w :17u,17x,18l :17u,17y,18l
        :17u,18l,17w :17u,18l,17x :17u,18l,17y :17w,18l,17x :17w,18l,17x :17x,18l,18q :17x,18l,18p :183,17x,17w :183,17w,17x
        :183,17w,18p :183,18l,17x :183,18l,17x :183,18l,17w :183,18l,18l :183,18l,18l :185,17x,17x :185,17x,17x :185,18l,18l
        :184,17x,18l :184,17x,18l :184,17w,18q :184,18l,17y :184,18l,17y :184,18l,18l :184,18l,18l :186,17x,18p :186,17y,18l
        :186,17y,18l :187,18l,17x :187,18l,17x :187,18l,18l :187,18l,18q :189,17w,18l :189,18l,18l :189,18l,18l :189,18l,18p
        :18a,18l,18l :18a,18l,18q :18a,18l,18p :18h,17y,18l :18h,17y,18l :18i,18l,17x :18i,18l,18l :18k,17x,18l :18k,17x,18q
        :18k,17x,18p :18k,17w,17w :18k,17w,17w :18k,17y,18l :18k,17y,18l :18k,18l,17x :18k,18l,17x :18l,17x,17w :18l,17x,18l
        :18l,17x,18q :18l,17w,17x :18l,17w,18l :18l,17y,17w :18l,17y,18l 3:18l,17w,17y :18n,18l,17w :18n,18l,18l :18m,17x,18l
        :18m,17x,18p :18m,17w,18l :18m,17w,18l :18m,17w,18p :18m,18l,18q :18m,18l,18p :18q,18l,18l :18q,18l,18l :17s,17y,18q
        :17u,17w,18q :17u,17w,18p :17u,17y,18q :17u,17y,18p :17u,18l,18q :17u,18l,18p :17w,18l,18q :17w,17x,18p :17w,18l,18p
        :183,17y,18p :185,17x,18q :184,17x,18q :186,17x,18q :18k,17w,18q :18k,18l,18q :18q,17x,18q :18q,17w,18q :18q,18l,18q
        :18l,18l,18q :18i,18l,18q :18m,17x,18q :18i,18l,17x :18k,17x,18l :189,18l,18q :18j,18l,18q :18m,17w,17x :18l,17y,18q
        :18k,17w,18l :18j,18l,18l :18k,17w,18l :18m,17w,17x :17w,17x,18q :17x,17w,18q :18l,17w,18q :18h,18l,18q :17s,17x,18q
        :18j,18l,18l :189,17w,18l :185,18l,18l :183,17y,18q :18m,17w,18q 15:185,18k,1ci :18i,18k,1ci :17r,18k,18k,18n
        :17r,18j,17s,181 :18l,17x,18l,17z :185,18k,189,18l :181,183,18o,18k :189,18k,18q,18n :18o,183,18k,18l :185,18k,18p
        :185,18k,18p,w,17r,18k,18k,18n,w,189,18k,18q,18n,w,18o,183,18k,18l :17w,18k,w,17w,18k,17r,18k,18n :181,1cc,17r,18k k:18 :9hd
        :9he :1m :1n :x :1r :9hy :9hz :1a,1a,1a n:1a,1a :6c4 :6c3 :2n :2n :14 :15 :3f :3h :9hw :9hx :9hs :9ht :9hm :9hn :9hk :9hl
        :9ho :9hp :9hq :9hr 3:2j :2l :w,lh :w,lh :w,lh :w,lh :2n :2n :2n :18 :9hd :1a 2:1n :1m :1r :x :6c4 :14 :15 :3f :3h :9hw :9hx
        :z :12 :16 :17 :19 :1o :1q :1p 2:2k :10 :11 :1s 5:w,18r :18g,18r :w,18s 2:w,18t 2:w,18u :18g,18u :w,18v :18g,18v :w,18w
        :18g,18w :w,18x :18g,18x :w,18y :18g,18y :17l :17r,18z :17r,18z :17r,190 :17r,190 :18o,190 :18o,190 :17r,191 :17r,191
        :18q,190 :18q,190 :18q,190 :18q,190 :17r :17r :17s :17s :17s :17s :17t :17t :17u :17u :17u :17u :17v :17v :17v :17v :17w
        :17w :17w :17w :17x :17x :17x :17x :17y :17y :17y :17y :17z :17z :180 :180 :181 :181 :182 :182 :183 :183 :183 :183 :184 :184
        :184 :184 :185 :185 :185 :185 :186 :186 :186 :186 :187 :187 :187 :187 :188 :188 :188 :188 :189 :189 :189 :189 :18a :18a :18a
        :18a :18h :18h :18h :18h :18i :18i :18i :18i :18j :18j :18j :18j :18k :18k :18k :18k :18l :18l :18l :18l :18m :18m :18m :18m
        :18n :18n :18n :18n :18o :18o :18p :18p :18q :18q :18q :18q :18k,17r,18z :18k,17r,18z :18k,17r,190 :18k,17r,190 :18k,17r,191
        :18k,17r,191 :18k,17r :18k,17r 5:x :y :z :10 :11 :12 :13 :14 :15 :16 :17 :18 :19 :1a :1b :1c :1d :1e :1f :1g :1h :1i :1j :1k
        :1l :1m :1n :1o :1p :1q :1r :1s :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f
        :2g :2h :2i :2j :2k :2l :2m :2n :2o :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a
        :3b :3c :3d :3e :3f :3g :3h :3i :879 :87a :9he :9ho :9hp :9hd :9ob :9o2 :9lt :9lv :9lx :9lz :9m1 :9nn :9np :9nr :9mr :9oc
        :9lu :9lw :9ly :9m0 :9m2 :9m3 :9m5 :9m7 :9m9 :9mb :9md :9mf :9mh :9mj :9ml :9mn :9mp :9ms :9mu :9mw :9my :9mz :9n0 :9n1 :9n2
        :9n3 :9n6 :9n9 :9nc :9nf :9ni :9nj :9nk :9nl :9nm :9no :9nq :9ns :9nt :9nu :9nv :9nw :9nx :9nz :9o3 :9ll :9lm :3fk :3cw :3cx
        :3hm :3cy :3ho :3hp :3cz :3d0 :3d1 :3hs :3ht :3hu :3hv :3hw :3hx :3dm :3d2 :3d3 :3d4 :3dt :3d5 :3d6 :3d7 :3d8 :3d9 :3da :3db
        :3dc :3dd :3de 4:3fl :3fm :3fn :3fo :3fp :3fq 3:3fr :3fs :3ft :3fu :3fv :3fw 3:3fx :3fy :3fz :3g0 :3g1 :3g2 3:3g3 :3g4 :3g5
        4:4i :4j :4s :w,lg :4m :4l :6g9 2:7b6 :6mo :6mp :6mq :6mr :7fk :7gr 15w2:1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25
        :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36
        :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f
        :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v 2:2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u :1v
        :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w
        :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t 2:1v :1w 3:1z 3:22 :23 3:26 :27 :28 :29 2:2b :2c
        :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s 2:2u 2:2w :2x :2y :2z :30 :31 :32 2:34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t
        :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u
        :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u 2:1w :1x :1y :1z 3:22 :23 :24 :25
        :26 :27 :28 :29 2:2b :2c :2d :2e :2f :2g :2h 2:2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37
        :38 :39 :3a :3b :3c :3d :3e :1t :1u 2:1w :1x :1y :1z 2:21 :22 :23 :24 :25 2:27 4:2b :2c :2d :2e :2f :2g :2h 2:2p :2q :2r :2s
        :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u :1v :1w :1x :1y :1z :20 :21
        :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32
        :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b
        :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c
        :3d :3e :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r
        :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u :1v :1w :1x :1y :1z :20
        :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31
        :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a
        :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b
        :3c :3d :3e :1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i :2p :2q
        :2r :2s :2t :2u :2v :2w :2x :2y :2z :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :3a :3b :3c :3d :3e :8h :fr 3:pd :pe :pf :pg :ph
        :pi :pj :pk :pl :pm :pn :po :pp :pq :pr :ps :pt :pk :pv :pw :px :py :pz :q0 :q1 :6pz :q9 :qa :qb :qc :qd :qe :qf :qg :qh :qi
        :qj :qk :ql :qm :qn :qo :qp :qq :qr :qs :qt :qu :qv :qw :qx :6pu :qd :qg :qi :qu :qp :qo :pd :pe :pf :pg :ph :pi :pj :pk :pl
        :pm :pn :po :pp :pq :pr :ps :pt :pk :pv :pw :px :py :pz :q0 :q1 :6pz :q9 :qa :qb :qc :qd :qe :qf :qg :qh :qi :qj :qk :ql :qm
        :qn :qo :qp :qq :qr :qs :qt :qu :qv :qw :qx :6pu :qd :qg :qi :qu :qp :qo :pd :pe :pf :pg :ph :pi :pj :pk :pl :pm :pn :po :pp
        :pq :pr :ps :pt :pk :pv :pw :px :py :pz :q0 :q1 :6pz :q9 :qa :qb :qc :qd :qe :qf :qg :qh :qi :qj :qk :ql :qm :qn :qo :qp :qq
        :qr :qs :qt :qu :qv :qw :qx :6pu :qd :qg :qi :qu :qp :qo :pd :pe :pf :pg :ph :pi :pj :pk :pl :pm :pn :po :pp :pq :pr :ps :pt
        :pk :pv :pw :px :py :pz :q0 :q1 :6pz :q9 :qa :qb :qc :qd :qe :qf :qg :qh :qi :qj :qk :ql :qm :qn :qo :qp :qq :qr :qs :qt :qu
        :qv :qw :qx :6pu :qd :qg :qi :qu :qp :qo :pd :pe :pf :pg :ph :pi :pj :pk :pl :pm :pn :po :pp :pq :pr :ps :pt :pk :pv :pw :px
        :py :pz :q0 :q1 :6pz :q9 :qa :qb :qc :qd :qe :qf :qg :qh :qi :qj :qk :ql :qm :qn :qo :qp :qq :qr :qs :qt :qu :qv :qw :qx
        :6pu :qd :qg :qi :qu :qp :qo :rg :rh 3:1c :1d :1e :1f :1g :1h :1i :1j :1k :1l :1c :1d :1e :1f :1g :1h :1i :1j :1k :1l :1c
        :1d :1e :1f :1g :1h :1i :1j :1k :1l :1c :1d :1e :1f :1g :1h :1i :1j :1k :1l :1c :1d :1e :1f :1g :1h :1i :1j :1k :1l 4ch:17r
        :17s :17w :17z 2:18o :182 :17x :187 :18q :18j :18k :18l :18m :183 :189 :18h :185 :18i :181 :184 :17u :17v :17y :180 :186
        :188 :18a :19q :1bu :1b5 :19r 2:17s :17w 2:18n 3:17x 2:18q :18j :18k :18l :18m :183 :189 :18h :185 :18i 2:184 :17u :17v :17y
        2:186 2:18a 7:17w 5:17x 2:18q 2:18k 2:18m :183 :189 2:185 :18i 2:184 3:17y 2:186 2:18a 2:1bu 2:19r 2:17s :17w 2:18n 3:17x
        :187 :18q :18j 2:18l :18m :183 :189 :18h :185 :18i 2:184 :17u :17v :17y 2:186 :188 :18a :19q 2:1b5 2:17r :17s :17w :17z :18n
        :18o :182 :17x :187 :18q 2:18k :18l :18m :183 :189 :18h :185 :18i :181 :184 :17u :17v :17y :180 :186 :188 :18a 6:17s :17w
        :17z 2:18o :182 :17x :187 :18q 2:18k :18l :18m :183 :189 :18h :185 :18i :181 :184 :17u :17v :17y :180 :186 :188 :18a
        g5:1c,1a :1c,18 :1d,18 :1e,18 :1f,18 :1g,18 :1h,18 :1i,18 :1j,18 :1k,18 :1l,18 6:14,1t,15 :14,1u,15 :14,1v,15 :14,1w,15
        :14,1x,15 :14,1y,15 :14,1z,15 :14,20,15 :14,21,15 :14,22,15 :14,23,15 :14,24,15 :14,25,15 :14,26,15 :14,27,15 :14,28,15
        :14,29,15 :14,2a,15 :14,2b,15 :14,2c,15 :14,2d,15 :14,2e,15 :14,2f,15 :14,2g,15 :14,2h,15 :14,2i,15 :9hw,2b,9hx :1v :2a
        :1v,1w :2f,2i 2:1t :1u :1v :1w :1x :1y :1z :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :2a :2b :2c :2d :2e :2f :2g :2h :2i
        :20,2e :25,2e :2b,1w :2b,2b :28,28,2e :2f,1v r:25,1v :25,1w 11:1w,22 34:9kr,9jf :9mb,9mb :9md e:jez :i1j :gjw :9mu,9ll :fik
        :hlm :r8j :hm1 :fj8 :k68 :mch :k2h :g99 :ivg :g3x :k34 :g7x :oqq :n4v :rs9 :hkg :gmx :lxw :jh1 :jmd :feo :fex :si2 :ijq :ffx
        :gkz :jk7 :rxs :jf7 :o01 :o6y :glk :lts :kcp :kco :n5f :gaa :gxi :sp9 5:9hw,kdo,9hx :9hw,fex,9hx :9hw,fik,9hx :9hw,i2x,9hx
        :9hw,m9l,9hx :9hw,jf7,9hx :9hw,nh3,9hx :9hw,gd9,9hx :9hw,k0n,9hx 8:ivr :gkv
        """

    /// Of those with a canonical decomposition into several characters, the ones that do not compose.
    static let exclusions = """
        n8 1ug 1uh 1ui 1uj 1uk 1ul 1um 1un 1y4 1y5 1y7 20j 20m 21l 21m 21n 21q 28s 28t 30j 30t 30y 313 318 31l 31v 31x 31y 320 329
        32r 331 336 33b 33g 33t 67l 67n 67p 67r 67t 67v 67x 69n 6a1 6a3 6ab 6aj 6ar 6az 6b2 6bd 6bf 6jv 8gs 1dlp 1dlr 1dm2 1dm3 1dm4
        1dm5 1dm6 1dm7 1dm8 1dm9 1dma 1dmb 1dmc 1dmd 1dme 1dmg 1dmh 1dmi 1dmj 1dmk 1dmm 1dmo 1dmp 1dmr 1dms 1dmu 1dmv 1dmw 1dmx 1dmy
        1dmz 1dn0 1dn1 1dn2 2jxa 2jxb 2jxc 2jxd 2jxe 2jxf 2jxg 2jzv 2jzw 2jzx 2jzy 2jzz 2k00
        """
}
