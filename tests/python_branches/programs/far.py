# Jumps that are too long for one instruction.
def f(n):
    x = 0
    for i in range(n):
        x += i * 0 + (x if i == 0 else 1)
        x += i * 1 + (x if i == 1 else 1)
        x += i * 2 + (x if i == 2 else 1)
        x += i * 3 + (x if i == 3 else 1)
        x += i * 4 + (x if i == 4 else 1)
        x += i * 5 + (x if i == 5 else 1)
        x += i * 6 + (x if i == 6 else 1)
        x += i * 7 + (x if i == 7 else 1)
        x += i * 8 + (x if i == 8 else 1)
        x += i * 9 + (x if i == 9 else 1)
        x += i * 10 + (x if i == 10 else 1)
        x += i * 11 + (x if i == 11 else 1)
        x += i * 12 + (x if i == 12 else 1)
        x += i * 13 + (x if i == 13 else 1)
        x += i * 14 + (x if i == 14 else 1)
        x += i * 15 + (x if i == 15 else 1)
        x += i * 16 + (x if i == 16 else 1)
        x += i * 17 + (x if i == 17 else 1)
        x += i * 18 + (x if i == 18 else 1)
        x += i * 19 + (x if i == 19 else 1)
        x += i * 20 + (x if i == 20 else 1)
        x += i * 21 + (x if i == 21 else 1)
        x += i * 22 + (x if i == 22 else 1)
        x += i * 23 + (x if i == 23 else 1)
        x += i * 24 + (x if i == 24 else 1)
        x += i * 25 + (x if i == 25 else 1)
        x += i * 26 + (x if i == 26 else 1)
        x += i * 27 + (x if i == 27 else 1)
        x += i * 28 + (x if i == 28 else 1)
        x += i * 29 + (x if i == 29 else 1)
        x += i * 30 + (x if i == 30 else 1)
        x += i * 31 + (x if i == 31 else 1)
        x += i * 32 + (x if i == 32 else 1)
        x += i * 33 + (x if i == 33 else 1)
        x += i * 34 + (x if i == 34 else 1)
        x += i * 35 + (x if i == 35 else 1)
        x += i * 36 + (x if i == 36 else 1)
        x += i * 37 + (x if i == 37 else 1)
        x += i * 38 + (x if i == 38 else 1)
        x += i * 39 + (x if i == 39 else 1)
        x += i * 40 + (x if i == 40 else 1)
        x += i * 41 + (x if i == 41 else 1)
        x += i * 42 + (x if i == 42 else 1)
        x += i * 43 + (x if i == 43 else 1)
        x += i * 44 + (x if i == 44 else 1)
        x += i * 45 + (x if i == 45 else 1)
        x += i * 46 + (x if i == 46 else 1)
        x += i * 47 + (x if i == 47 else 1)
        x += i * 48 + (x if i == 48 else 1)
        x += i * 49 + (x if i == 49 else 1)
        x += i * 50 + (x if i == 50 else 1)
        x += i * 51 + (x if i == 51 else 1)
        x += i * 52 + (x if i == 52 else 1)
        x += i * 53 + (x if i == 53 else 1)
        x += i * 54 + (x if i == 54 else 1)
        x += i * 55 + (x if i == 55 else 1)
        x += i * 56 + (x if i == 56 else 1)
        x += i * 57 + (x if i == 57 else 1)
        x += i * 58 + (x if i == 58 else 1)
        x += i * 59 + (x if i == 59 else 1)
        if x > 10 ** 9:
            x -= 0 * i - x // 2
            x -= 1 * i - x // 3
            x -= 2 * i - x // 4
            x -= 3 * i - x // 5
            x -= 4 * i - x // 6
            x -= 5 * i - x // 7
            x -= 6 * i - x // 8
            x -= 7 * i - x // 9
            x -= 8 * i - x // 10
            x -= 9 * i - x // 11
            x -= 10 * i - x // 12
            x -= 11 * i - x // 13
            x -= 12 * i - x // 14
            x -= 13 * i - x // 15
            x -= 14 * i - x // 16
            x -= 15 * i - x // 17
            x -= 16 * i - x // 18
            x -= 17 * i - x // 19
            x -= 18 * i - x // 20
            x -= 19 * i - x // 21
            x -= 20 * i - x // 22
            x -= 21 * i - x // 23
            x -= 22 * i - x // 24
            x -= 23 * i - x // 25
            x -= 24 * i - x // 26
            x -= 25 * i - x // 27
            x -= 26 * i - x // 28
            x -= 27 * i - x // 29
            x -= 28 * i - x // 30
            x -= 29 * i - x // 31
            x -= 30 * i - x // 32
            x -= 31 * i - x // 33
            x -= 32 * i - x // 34
            x -= 33 * i - x // 35
            x -= 34 * i - x // 36
            x -= 35 * i - x // 37
            x -= 36 * i - x // 38
            x -= 37 * i - x // 39
            x -= 38 * i - x // 40
            x -= 39 * i - x // 41
            x -= 40 * i - x // 42
            x -= 41 * i - x // 43
            x -= 42 * i - x // 44
            x -= 43 * i - x // 45
            x -= 44 * i - x // 46
            x -= 45 * i - x // 47
            x -= 46 * i - x // 48
            x -= 47 * i - x // 49
            x -= 48 * i - x // 50
            x -= 49 * i - x // 51
            x -= 50 * i - x // 52
            x -= 51 * i - x // 53
            x -= 52 * i - x // 54
            x -= 53 * i - x // 55
            x -= 54 * i - x // 56
            x -= 55 * i - x // 57
            x -= 56 * i - x // 58
            x -= 57 * i - x // 59
            x -= 58 * i - x // 60
            x -= 59 * i - x // 61
        elif i == 1: continue
        if x < 0:
            break
    else:
        x = 7
    while n:
        n -= 1
        x += n * 0 + (x if n == 0 else 1)
        x += n * 1 + (x if n == 1 else 1)
        x += n * 2 + (x if n == 2 else 1)
        x += n * 3 + (x if n == 3 else 1)
        x += n * 4 + (x if n == 4 else 1)
        x += n * 5 + (x if n == 5 else 1)
        x += n * 6 + (x if n == 6 else 1)
        x += n * 7 + (x if n == 7 else 1)
        x += n * 8 + (x if n == 8 else 1)
        x += n * 9 + (x if n == 9 else 1)
        x += n * 10 + (x if n == 10 else 1)
        x += n * 11 + (x if n == 11 else 1)
        x += n * 12 + (x if n == 12 else 1)
        x += n * 13 + (x if n == 13 else 1)
        x += n * 14 + (x if n == 14 else 1)
        x += n * 15 + (x if n == 15 else 1)
        x += n * 16 + (x if n == 16 else 1)
        x += n * 17 + (x if n == 17 else 1)
        x += n * 18 + (x if n == 18 else 1)
        x += n * 19 + (x if n == 19 else 1)
        x += n * 20 + (x if n == 20 else 1)
        x += n * 21 + (x if n == 21 else 1)
        x += n * 22 + (x if n == 22 else 1)
        x += n * 23 + (x if n == 23 else 1)
        x += n * 24 + (x if n == 24 else 1)
        x += n * 25 + (x if n == 25 else 1)
        x += n * 26 + (x if n == 26 else 1)
        x += n * 27 + (x if n == 27 else 1)
        x += n * 28 + (x if n == 28 else 1)
        x += n * 29 + (x if n == 29 else 1)
        x += n * 30 + (x if n == 30 else 1)
        x += n * 31 + (x if n == 31 else 1)
        x += n * 32 + (x if n == 32 else 1)
        x += n * 33 + (x if n == 33 else 1)
        x += n * 34 + (x if n == 34 else 1)
        x += n * 35 + (x if n == 35 else 1)
        x += n * 36 + (x if n == 36 else 1)
        x += n * 37 + (x if n == 37 else 1)
        x += n * 38 + (x if n == 38 else 1)
        x += n * 39 + (x if n == 39 else 1)
        x += n * 40 + (x if n == 40 else 1)
        x += n * 41 + (x if n == 41 else 1)
        x += n * 42 + (x if n == 42 else 1)
        x += n * 43 + (x if n == 43 else 1)
        x += n * 44 + (x if n == 44 else 1)
        x += n * 45 + (x if n == 45 else 1)
        x += n * 46 + (x if n == 46 else 1)
        x += n * 47 + (x if n == 47 else 1)
        x += n * 48 + (x if n == 48 else 1)
        x += n * 49 + (x if n == 49 else 1)
        x += n * 50 + (x if n == 50 else 1)
        x += n * 51 + (x if n == 51 else 1)
        x += n * 52 + (x if n == 52 else 1)
        x += n * 53 + (x if n == 53 else 1)
        x += n * 54 + (x if n == 54 else 1)
        x += n * 55 + (x if n == 55 else 1)
        x += n * 56 + (x if n == 56 else 1)
        x += n * 57 + (x if n == 57 else 1)
        x += n * 58 + (x if n == 58 else 1)
        x += n * 59 + (x if n == 59 else 1)
    return x
f(3)
f(0)
def g(n):
    for i in range(n):
        if i >= 0:
            n += i * 0 - n % 1
            n += i * 1 - n % 2
            n += i * 2 - n % 3
            n += i * 3 - n % 4
            n += i * 4 - n % 5
            n += i * 5 - n % 6
            n += i * 6 - n % 7
            n += i * 7 - n % 8
            n += i * 8 - n % 9
            n += i * 9 - n % 10
            n += i * 10 - n % 11
            n += i * 11 - n % 12
            n += i * 12 - n % 13
            n += i * 13 - n % 14
            n += i * 14 - n % 15
            n += i * 15 - n % 16
            n += i * 16 - n % 17
            n += i * 17 - n % 18
            n += i * 18 - n % 19
            n += i * 19 - n % 20
            n += i * 20 - n % 21
            n += i * 21 - n % 22
            n += i * 22 - n % 23
            n += i * 23 - n % 24
            n += i * 24 - n % 25
            n += i * 25 - n % 26
            n += i * 26 - n % 27
            n += i * 27 - n % 28
            n += i * 28 - n % 29
            n += i * 29 - n % 30
            n += i * 30 - n % 31
            n += i * 31 - n % 32
            n += i * 32 - n % 33
            n += i * 33 - n % 34
            n += i * 34 - n % 35
            n += i * 35 - n % 36
            n += i * 36 - n % 37
            n += i * 37 - n % 38
            n += i * 38 - n % 39
            n += i * 39 - n % 40
            n += i * 40 - n % 41
            n += i * 41 - n % 42
            n += i * 42 - n % 43
            n += i * 43 - n % 44
            n += i * 44 - n % 45
            n += i * 45 - n % 46
            n += i * 46 - n % 47
            n += i * 47 - n % 48
            n += i * 48 - n % 49
            n += i * 49 - n % 50
            n += i * 50 - n % 51
            n += i * 51 - n % 52
            n += i * 52 - n % 53
            n += i * 53 - n % 54
            n += i * 54 - n % 55
            n += i * 55 - n % 56
            n += i * 56 - n % 57
            n += i * 57 - n % 58
            n += i * 58 - n % 59
            n += i * 59 - n % 60
            n += i * 60 - n % 61
            n += i * 61 - n % 62
            n += i * 62 - n % 63
            n += i * 63 - n % 64
            n += i * 64 - n % 65
            n += i * 65 - n % 66
            n += i * 66 - n % 67
            n += i * 67 - n % 68
            n += i * 68 - n % 69
            n += i * 69 - n % 70
            n += i * 70 - n % 71
            n += i * 71 - n % 72
            n += i * 72 - n % 73
            n += i * 73 - n % 74
            n += i * 74 - n % 75
            n += i * 75 - n % 76
            n += i * 76 - n % 77
            n += i * 77 - n % 78
            n += i * 78 - n % 79
            n += i * 79 - n % 80
            n += i * 80 - n % 81
            n += i * 81 - n % 82
            n += i * 82 - n % 83
            n += i * 83 - n % 84
            n += i * 84 - n % 85
            n += i * 85 - n % 86
            n += i * 86 - n % 87
            n += i * 87 - n % 88
            n += i * 88 - n % 89
            n += i * 89 - n % 90
            n += i * 90 - n % 91
            n += i * 91 - n % 92
            n += i * 92 - n % 93
            n += i * 93 - n % 94
            n += i * 94 - n % 95
            n += i * 95 - n % 96
            n += i * 96 - n % 97
            n += i * 97 - n % 98
            n += i * 98 - n % 99
            n += i * 99 - n % 100
            n += i * 100 - n % 101
            n += i * 101 - n % 102
            n += i * 102 - n % 103
            n += i * 103 - n % 104
            n += i * 104 - n % 105
            n += i * 105 - n % 106
            n += i * 106 - n % 107
            n += i * 107 - n % 108
            n += i * 108 - n % 109
            n += i * 109 - n % 110
            n += i * 110 - n % 111
            n += i * 111 - n % 112
            n += i * 112 - n % 113
            n += i * 113 - n % 114
            n += i * 114 - n % 115
            n += i * 115 - n % 116
            n += i * 116 - n % 117
            n += i * 117 - n % 118
            n += i * 118 - n % 119
            n += i * 119 - n % 120
            n += i * 120 - n % 121
            n += i * 121 - n % 122
            n += i * 122 - n % 123
            n += i * 123 - n % 124
            n += i * 124 - n % 125
            n += i * 125 - n % 126
            n += i * 126 - n % 127
            n += i * 127 - n % 128
            n += i * 128 - n % 129
            n += i * 129 - n % 130
            n += i * 130 - n % 131
            n += i * 131 - n % 132
            n += i * 132 - n % 133
            n += i * 133 - n % 134
            n += i * 134 - n % 135
            n += i * 135 - n % 136
            n += i * 136 - n % 137
            n += i * 137 - n % 138
            n += i * 138 - n % 139
            n += i * 139 - n % 140
            n += i * 140 - n % 141
            n += i * 141 - n % 142
            n += i * 142 - n % 143
            n += i * 143 - n % 144
            n += i * 144 - n % 145
            n += i * 145 - n % 146
            n += i * 146 - n % 147
            n += i * 147 - n % 148
            n += i * 148 - n % 149
            n += i * 149 - n % 150
            n += i * 150 - n % 151
            n += i * 151 - n % 152
            n += i * 152 - n % 153
            n += i * 153 - n % 154
            n += i * 154 - n % 155
            n += i * 155 - n % 156
            n += i * 156 - n % 157
            n += i * 157 - n % 158
            n += i * 158 - n % 159
            n += i * 159 - n % 160
            n += i * 160 - n % 161
            n += i * 161 - n % 162
            n += i * 162 - n % 163
            n += i * 163 - n % 164
            n += i * 164 - n % 165
            n += i * 165 - n % 166
            n += i * 166 - n % 167
            n += i * 167 - n % 168
            n += i * 168 - n % 169
            n += i * 169 - n % 170
            n += i * 170 - n % 171
            n += i * 171 - n % 172
            n += i * 172 - n % 173
            n += i * 173 - n % 174
            n += i * 174 - n % 175
            n += i * 175 - n % 176
            n += i * 176 - n % 177
            n += i * 177 - n % 178
            n += i * 178 - n % 179
            n += i * 179 - n % 180
            n += i * 180 - n % 181
            n += i * 181 - n % 182
            n += i * 182 - n % 183
            n += i * 183 - n % 184
            n += i * 184 - n % 185
            n += i * 185 - n % 186
            n += i * 186 - n % 187
            n += i * 187 - n % 188
            n += i * 188 - n % 189
            n += i * 189 - n % 190
            n += i * 190 - n % 191
            n += i * 191 - n % 192
            n += i * 192 - n % 193
            n += i * 193 - n % 194
            n += i * 194 - n % 195
            n += i * 195 - n % 196
            n += i * 196 - n % 197
            n += i * 197 - n % 198
            n += i * 198 - n % 199
            n += i * 199 - n % 200
        else:
            n = 1
        n = 2
    if n:
        n += 0 * n
        n += 1 * n
        n += 2 * n
        n += 3 * n
        n += 4 * n
        n += 5 * n
        n += 6 * n
        n += 7 * n
        n += 8 * n
        n += 9 * n
        n += 10 * n
        n += 11 * n
        n += 12 * n
        n += 13 * n
        n += 14 * n
        n += 15 * n
        n += 16 * n
        n += 17 * n
        n += 18 * n
        n += 19 * n
        n += 20 * n
        n += 21 * n
        n += 22 * n
        n += 23 * n
        n += 24 * n
        n += 25 * n
        n += 26 * n
        n += 27 * n
        n += 28 * n
        n += 29 * n
        n += 30 * n
        n += 31 * n
        n += 32 * n
        n += 33 * n
        n += 34 * n
        n += 35 * n
        n += 36 * n
        n += 37 * n
        n += 38 * n
        n += 39 * n
        n += 40 * n
        n += 41 * n
        n += 42 * n
        n += 43 * n
        n += 44 * n
        n += 45 * n
        n += 46 * n
        n += 47 * n
        n += 48 * n
        n += 49 * n
        n += 50 * n
        n += 51 * n
        n += 52 * n
        n += 53 * n
        n += 54 * n
        n += 55 * n
        n += 56 * n
        n += 57 * n
        n += 58 * n
        n += 59 * n
        n += 60 * n
        n += 61 * n
        n += 62 * n
        n += 63 * n
        n += 64 * n
        n += 65 * n
        n += 66 * n
        n += 67 * n
        n += 68 * n
        n += 69 * n
        n += 70 * n
        n += 71 * n
        n += 72 * n
        n += 73 * n
        n += 74 * n
        n += 75 * n
        n += 76 * n
        n += 77 * n
        n += 78 * n
        n += 79 * n
        n += 80 * n
        n += 81 * n
        n += 82 * n
        n += 83 * n
        n += 84 * n
        n += 85 * n
        n += 86 * n
        n += 87 * n
        n += 88 * n
        n += 89 * n
        n += 90 * n
        n += 91 * n
        n += 92 * n
        n += 93 * n
        n += 94 * n
        n += 95 * n
        n += 96 * n
        n += 97 * n
        n += 98 * n
        n += 99 * n
        n += 100 * n
        n += 101 * n
        n += 102 * n
        n += 103 * n
        n += 104 * n
        n += 105 * n
        n += 106 * n
        n += 107 * n
        n += 108 * n
        n += 109 * n
        n += 110 * n
        n += 111 * n
        n += 112 * n
        n += 113 * n
        n += 114 * n
        n += 115 * n
        n += 116 * n
        n += 117 * n
        n += 118 * n
        n += 119 * n
        n += 120 * n
        n += 121 * n
        n += 122 * n
        n += 123 * n
        n += 124 * n
        n += 125 * n
        n += 126 * n
        n += 127 * n
        n += 128 * n
        n += 129 * n
        n += 130 * n
        n += 131 * n
        n += 132 * n
        n += 133 * n
        n += 134 * n
        n += 135 * n
        n += 136 * n
        n += 137 * n
        n += 138 * n
        n += 139 * n
        n += 140 * n
        n += 141 * n
        n += 142 * n
        n += 143 * n
        n += 144 * n
        n += 145 * n
        n += 146 * n
        n += 147 * n
        n += 148 * n
        n += 149 * n
        n += 150 * n
        n += 151 * n
        n += 152 * n
        n += 153 * n
        n += 154 * n
        n += 155 * n
        n += 156 * n
        n += 157 * n
        n += 158 * n
        n += 159 * n
        n += 160 * n
        n += 161 * n
        n += 162 * n
        n += 163 * n
        n += 164 * n
        n += 165 * n
        n += 166 * n
        n += 167 * n
        n += 168 * n
        n += 169 * n
        n += 170 * n
        n += 171 * n
        n += 172 * n
        n += 173 * n
        n += 174 * n
        n += 175 * n
        n += 176 * n
        n += 177 * n
        n += 178 * n
        n += 179 * n
        n += 180 * n
        n += 181 * n
        n += 182 * n
        n += 183 * n
        n += 184 * n
        n += 185 * n
        n += 186 * n
        n += 187 * n
        n += 188 * n
        n += 189 * n
        n += 190 * n
        n += 191 * n
        n += 192 * n
        n += 193 * n
        n += 194 * n
        n += 195 * n
        n += 196 * n
        n += 197 * n
        n += 198 * n
        n += 199 * n
g(40)
g(0)
